"""huey's consumer with gevent's patches, which its greenlets need before anything is imported."""

from gevent import monkey

monkey.patch_all()

from huey.bin.huey_consumer import consumer_main  # noqa: E402

consumer_main()
