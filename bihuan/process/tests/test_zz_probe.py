import time
from bihuan.process.tests import stage
from django.db import connection
def test_probe(rail):
    t=time.perf_counter(); c=stage.plan_at("sign"); print("plan_at sign", time.perf_counter()-t)
    t=time.perf_counter(); c=stage.plan_at("sign"); print("plan_at sign 2nd", time.perf_counter()-t)
    stage.assert_sound(c.pk)
    t=time.perf_counter(); data=stage.auto_plan(stage.task_of(stage.start_plan(),"draft")); print("auto", time.perf_counter()-t)
    c=stage.plan_at("head")
    with stage.Cost() as cost:
        t=time.perf_counter(); stage.agree(c,"head"); print("agree", time.perf_counter()-t)
    print(len(cost.statements), cost.written)
    c=stage.plan_at("budget")
    task=stage.task_of(c,"budget"); h=stage.handler_of(task)
    from bihuan.process import services
    from bihuan.kernel import clock
    with stage.Cost() as cost:
        t=time.perf_counter(); services.approve_task(task=task.pk,by=h,at=clock.now()); print("agree", time.perf_counter()-t)
    print(len(cost.statements), cost.written)
    for s in cost.statements: print("   ", s[:230])
