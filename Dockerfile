# Two stages: the first installs into a virtual environment, the second carries only that environment.
# By its tag, the base is what was published last: with the fixes of the week, and not the same for everybody. Its digest is
# not written here, since where this file is maintained no registry can be asked for it. To build with one that you looked at:
#   docker buildx imagetools inspect python:3.11-slim-bookworm --format '{{.Manifest.Digest}}'
#   docker compose build --build-arg BASE=python:3.11-slim-bookworm@sha256:…
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY adapters ./adapters
COPY storage ./storage
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && /venv/bin/pip check

FROM ${BASE}
RUN groupadd --gid 10001 imagine \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /app --shell /usr/sbin/nologin imagine \
 && install --directory --mode 700 --owner 10001 --group 10001 /app/data
COPY --from=build /venv /venv
# By number, so that Kubernetes' runAsNonRoot can tell that it isn't root. A new volume gets the owner of /app/data.
USER 10001:10001
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HTTP_HOST=0.0.0.0 PLAYGROUND_HOST=0.0.0.0
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f\"http://127.0.0.1:{os.environ.get('HTTP_PORT', '8080')}/healthz\", timeout=4)"]
# Running jobs may end for SHUTDOWN_GRACE seconds: give `docker stop` a little more.
STOPSIGNAL SIGTERM
CMD ["imagine-bot", "run"]
