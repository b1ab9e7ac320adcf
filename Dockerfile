# syntax=docker/dockerfile:1
# Two stages on one base: the first builds an environment, the second holds nothing else.
# docker/rehearse.sh runs these same steps in a clean Debian root where there is no Docker engine.
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=0
RUN python -m venv /opt/vrambot && python -m venv /opt/build
# The locked requirements alone come first, so that a change of code rebuilds one layer.
COPY requirements/core.txt requirements/charts.txt requirements/build.txt requirements/
RUN --mount=type=cache,target=/var/cache/pip \
    /opt/vrambot/bin/pip install --cache-dir /var/cache/pip --require-hashes --no-deps -r requirements/core.txt -r requirements/charts.txt \
 && /opt/build/bin/pip install --cache-dir /var/cache/pip --require-hashes --no-deps -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY calculators calculators
COPY knowledge knowledge
COPY bot bot
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/vrambot/bin/pip install --no-deps /tmp/wheel/vrambot-*.whl \
 && /opt/vrambot/bin/python -m compileall -q /opt/vrambot/lib

FROM python:${PYTHON}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vrambot" org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
# A font with Chinese characters, for charts as pictures where Slack refuses its own.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-wqy-zenhei \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin vrambot \
 && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/vrambot /opt/vrambot
ENV PATH=/opt/vrambot/bin:$PATH VRAMBOT_HOME=/data VRAMBOT_HOST=0.0.0.0 VRAMBOT_PORT=8080 \
    VRAMBOT_REVISION=${REVISION} PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s CMD ["vrambot", "health"]
ENTRYPOINT ["vrambot"]
CMD ["serve"]
