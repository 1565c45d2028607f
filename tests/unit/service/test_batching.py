"""One subject many times in a request: the same answers, few enough, and nobody else waits for them."""

import asyncio
import json

from service_sample import item


def many(golden, times):
    return {"encounters": [item(golden[0])] * times}


def test_others_are_answered_meanwhile(service, golden):
    ended = []

    async def ask(name, method, path, body=b""):
        answer = await service.send(method, path, body)
        ended.append(name)
        return answer

    async def all_of_them():
        large = json.dumps(many(golden, 100)).encode()
        waiting = [asyncio.create_task(ask(f"large {number}", "POST", "/predict", large)) for number in range(3)]
        await asyncio.sleep(0)
        small = [ask("small", "POST", "/predict", json.dumps(item(golden[1])).encode()), ask("livez", "GET", "/livez")]
        found = await asyncio.gather(*small)
        return [*await asyncio.gather(*waiting), *found]

    answers = asyncio.run(all_of_them())
    assert set(ended[:2]) == {"small", "livez"}
    assert [answer.status for answer in answers] == [200] * 5
    for large in answers[:3]:
        assert [one["probability"] for one in large.json["predictions"]] == [golden[0]["probability"]] * 100
    assert answers[3].json["predictions"][0]["probability"] == golden[1]["probability"]


def test_one_subject_in_many_requests_takes_turns_with_others(service, golden):
    bodies = [item(golden[0])] * 40 + [item(golden[1])]
    answers = service.together("/predict", bodies)
    found = [answer.json["predictions"][0]["probability"] for answer in answers]
    assert found == [golden[0]["probability"]] * 40 + [golden[1]["probability"]]
    assert "wardround_batch_encounters_count 5\n" in service.get("/metrics").content.decode()


def test_more_of_one_subject_are_refused(service, golden):
    answer = service.post("/predict", many(golden, 101))
    assert answer.status == 413
    (problem,) = answer.json["error"]["problems"]
    assert problem == {"field": "encounters", "wanted": "at most 100 of one patient in one request"}
