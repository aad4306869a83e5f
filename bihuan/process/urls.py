"""Addresses of processes, cases and tasks."""

from django.urls import path

from bihuan.process.views import cases, hand_overs, manual, postings, starting, tasks

app_name = "process"
urlpatterns = [
    path("start/", starting.choose, name="start"),
    path("start/<str:code>/", starting.start, name="start_process"),
    path("tasks/<int:task_id>/", tasks.task_page, name="task"),
    path("tasks/<int:task_id>/save/", tasks.save, name="save"),
    path("tasks/<int:task_id>/sheets/<str:name>/", tasks.add_sheet, name="add_sheet"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/<int:case_id>/", cases.case_page, name="case"),
    path("cases/<int:case_id>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<int:case_id>/comments/", cases.comment, name="comment"),
    path("cases/<int:case_id>/copies/", cases.copy, name="copy"),
    path("tasks/<int:task_id>/urge/", cases.urge, name="urge"),
    path("tasks/<int:task_id>/reassign/", cases.reassign, name="reassign"),
    path("postings/", postings.posting_list, name="postings"),
    path("hand-overs/", hand_overs.hand_over_list, name="hand_overs"),
    path("hand-overs/<int:hand_over_id>/retry/", hand_overs.retry, name="retry_hand_over"),
    path("processes/", manual.process_list, name="processes"),
    path("processes/forms/<str:code>/", manual.form_page, name="form"),
    path("processes/packs/<str:code>.pdf", manual.print_pack, name="print_pack"),
    path("processes/<str:code>.pdf", manual.print_process, name="print_process"),
    path("processes/<str:code>/", manual.process_page, name="process"),
    path("processes/<str:code>.bpmn", manual.bpmn, name="bpmn"),
]
