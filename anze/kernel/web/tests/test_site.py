"""What is printed leads to the address that was set, not to the one somebody happened to use."""

import pytest
from django.test import RequestFactory

from anze.kernel.web import site


@pytest.mark.parametrize("said", ["https://anze.example", "https://anze.example/"])
def test_the_address_that_was_set_goes_first(settings, said):
    settings.ANZE_SITE = said
    assert site.address(RequestFactory().get("/units/7/")) == "https://anze.example/"


def test_without_one_it_is_the_address_of_the_request(settings):
    settings.ANZE_SITE = ""
    assert site.address(RequestFactory().get("/units/7/")) == "http://testserver/"
