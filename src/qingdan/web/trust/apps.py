from django.apps import AppConfig


class TrustConfig(AppConfig):
    name = "qingdan.web.trust"
    label = "trust"

    def ready(self) -> None:
        from . import erasure_wording, wording
        from .navigation import register_all

        register_all()
        erasure_wording.register()
        wording.register()
