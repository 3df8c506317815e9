from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "qingdan.web.tasks"
    label = "tasks"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from . import erasers, evidence, rungs, wording
        from .navigation import register_all

        post_migrate.connect(rungs.after_migrate, sender=self, dispatch_uid="qingdan-rungs")
        register_all()
        evidence.register()
        erasers.register()
        wording.register()
