import time, asyncio
from .stories import failure
from .world import eventually
async def test_x(world, project):
    f=failure(project)
    world.publish(f)
    await eventually(lambda: world.answers_in_lineage(f.failure_id), "x")
    t0=time.monotonic()
    async with world._consumer(*[__import__('aiokafka').TopicPartition(world.prefix+t,0) for t in __import__('aidataops.messaging.topics').messaging.topics.names(list(world.servers))]) as c:
        print("consumer", time.monotonic()-t0)
        async with world._admin() as a:
            print("admin", time.monotonic()-t0)
            for i in range(60):
                t1=time.monotonic()
                e=await world._ends(c); t2=time.monotonic()
                r={}
                for s in world.servers:
                    try: r[s]=(await world._behind(a,s,e), await world._outbox(s))
                    except Exception as x: r[s]=repr(x)
                print(round(t1-t0,2), round(t2-t1,3), round(time.monotonic()-t2,3), {k:v for k,v in r.items() if v!=(False,False)})
                await asyncio.sleep(.1)
                if all(v==(False,False) for v in r.values()): break
        print("closed", time.monotonic()-t0)
    print("closed", time.monotonic()-t0)
