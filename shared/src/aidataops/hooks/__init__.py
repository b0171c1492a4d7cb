"""Publishing from inside a harness while it runs: Inspect, DeepEval, promptfoo, pytest.

What is to be published lies in a local outbox first, so that neither a crash of the run nor a
gateway out of reach loses anything: ``aidataops publish outbox`` sends the rest.
"""
