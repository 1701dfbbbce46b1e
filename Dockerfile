# Two stages: the first installs into a virtual environment, the second carries only that environment.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY adapters ./adapters
COPY storage ./storage
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && /venv/bin/pip check

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /app imagine \
 && mkdir /app/data && chown imagine /app/data
COPY --from=build /venv /venv
USER imagine
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HTTP_HOST=0.0.0.0
VOLUME /app/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(f\"http://127.0.0.1:{os.environ.get('HTTP_PORT', '8080')}/healthz\", timeout=4)"]
# Running jobs may end for SHUTDOWN_GRACE seconds: give `docker stop` a little more.
STOPSIGNAL SIGTERM
CMD ["imagine-bot", "run"]
