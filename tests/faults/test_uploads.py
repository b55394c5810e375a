"""A slice of the corpus of hostile files at both doors; ``soak/uploads.py`` brings all of it."""

from __future__ import annotations

import pytest

from tests.faults.hostile import everything
from tests.faults.storming import storm


def test_the_corpus_has_some_two_hundred_files_of_every_fate():
    some = everything()
    assert len(some) >= 190
    assert {one.fate for one in some} == {"refused", "bare", "closed"}


@pytest.mark.django_db
def test_every_seventh_hostile_file_is_refused_or_kept_bare(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    fates, wrong = storm(everything()[::7], cast.primary.pk, cast.district.pk)
    assert wrong == []
    assert fates["refused"] > 15
    assert fates["bare"] > 3
