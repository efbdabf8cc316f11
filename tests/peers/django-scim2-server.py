"""A Django site whose only content is django-scim2-server with its default adapters."""

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.urls import include, path

settings.configure(
    SECRET_KEY="for tests only",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim2_server"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(os.environ["SCRATCH"], "data.sqlite3"),
            "OPTIONS": {"timeout": 20},
        }
    },
    SCIM2_SERVER_AUTH_CHECK=f"{__name__}.may_enter",
)


def may_enter(request):
    return request.headers.get("Authorization") == "Bearer " + os.environ["TOKEN"]


django.setup()
urlpatterns = [path("scim/v2/", include("django_scim2_server.urls"))]

if __name__ == "__main__":
    execute_from_command_line([sys.argv[0], "migrate", "--verbosity=0"])
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{sys.argv[1]}"])
