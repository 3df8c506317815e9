from django.urls import path

from ..views import following, following_problems

TASK_ACTIONS = ("judge", "light", "light-end", "extend", "deadline", "close", "reopen")
PROBLEM_ACTIONS = ("assign", "answer", "solve")

urlpatterns = [
    path("tasks/<int:pk>/", following.task, name="task"),
    *(
        path(f"tasks/<int:pk>/{name}/", following.task_action, {"name": name}, name=f"task-{name}")
        for name in TASK_ACTIONS
    ),
    path("problems/", following_problems.problems, name="problems"),
    path("problems.xlsx", following_problems.problems_xlsx, name="problems-file"),
    path("problems/<int:pk>/", following_problems.problem, name="problem"),
    *(
        path(f"problems/<int:pk>/{name}/", following_problems.problem_action, {"name": name}, name=f"problem-{name}")
        for name in PROBLEM_ACTIONS
    ),
    path("extensions/", following.extensions, name="extensions"),
    path("extensions/<int:pk>/", following.extension, name="extension"),
]
