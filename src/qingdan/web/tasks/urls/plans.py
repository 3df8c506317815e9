from django.urls import path

from ..views import plans

urlpatterns = [
    path("", plans.plans, name="plans"),
    path("new/", plans.plan_new, name="plan-new"),
    path("<int:pk>/", plans.plan, name="plan"),
    path("<int:pk>/edit/", plans.plan_edit, name="plan-edit"),
    path("<int:pk>/items/new/", plans.item_new, name="item-new"),
    path("items/<int:pk>/tasks/new/", plans.task_new, name="task-new"),
    path("tasks/<int:pk>/edit/", plans.task_edit, name="task-edit"),
    path("tasks/<int:pk>/subtasks/new/", plans.subtask_new, name="subtask-new"),
    path("sources/new/", plans.source_new, name="source-new"),
    path("tags/new/", plans.tag_new, name="tag-new"),
    path("campaigns/new/", plans.campaign_new, name="campaign-new"),
]
