from django.urls import path

from ..views import lists

urlpatterns = [
    path("", lists.editions, name="editions"),
    path("new/", lists.edition_new, name="edition-new"),
    path("matrix/", lists.matrix, name="matrix"),
    path("<int:pk>/", lists.edition, name="edition"),
    path("<int:pk>/refresh/", lists.edition_refresh, name="edition-refresh"),
    path("<int:pk>/issue/", lists.edition_issue, name="edition-issue"),
    path("<int:pk>/drop/", lists.edition_drop, name="edition-drop"),
    path("<int:pk>/lines/new/", lists.line_add, name="line-new"),
    path("<int:pk>/diff/<int:other>/", lists.edition_diff, name="edition-diff"),
    path("<int:pk>/diff/<int:other>.xlsx", lists.edition_diff_file, name="edition-diff-file"),
    path("<int:pk>/three/", lists.three_lists, name="three-lists"),
    path("<int:pk>/list.xlsx", lists.list_file, name="list-file"),
    path("<int:pk>/booklet.<str:kind>", lists.booklet, name="booklet"),
    path("lines/<int:pk>/", lists.line, name="line"),
    path("campaigns/<int:pk>/", lists.campaign, name="campaign"),
]
