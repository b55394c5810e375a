from django.apps import AppConfig


class PersonnelConfig(AppConfig):
    name = "anze.interfaces.personnel"
    label = "personnel"
    verbose_name = "人员事务"

    def ready(self) -> None:
        from anze.interfaces.personnel import wiring

        wiring.connect()
