# The portal's one image: web, worker, beat and the commands are the same program, started differently (compose.yaml).
FROM python:3.11-slim-bookworm

# Pango sets the text of certificates; no wheel carries it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUTF8=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=carbon_portal.settings PORTAL_VAR=/data
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .

RUN useradd --system --uid 10001 --home-dir /data portal && mkdir /data && chown portal /data
USER portal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/health/live', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}))"]
CMD ["python", "-m", "gunicorn", "--config", "deploy/gunicorn_conf.py", "carbon_portal.wsgi:application"]
