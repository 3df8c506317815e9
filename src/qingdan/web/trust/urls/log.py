"""The log's public addresses (docs/log-format.md, Addresses) and the public pages about it."""

from django.urls import path

from ..views import log, public, verify

urlpatterns = [
    path("log/checkpoint", log.newest_checkpoint, name="log-checkpoint"),
    path("log/checkpoint/<int:size>", log.checkpoint_of_size, name="log-checkpoint-of"),
    path("log/consistency", log.consistency, name="log-consistency"),
    path("log/leaves", log.leaves, name="log-leaves"),
    path("log/keys", log.public_keys, name="log-keys"),
    path("log/cosign", log.cosign, name="log-cosign"),
    path("log/verifier.py", verify.verifier_file, name="log-verifier"),
    path("trust/verify", verify.verify_page, name="verify"),
    path("trust/", public.about, name="about"),
    path("trust/checkpoint/<int:size>", public.checkpoint_page, name="checkpoint"),
    path("trust/checkpoint/<int:size>.svg", public.checkpoint_code, name="checkpoint-code"),
]
