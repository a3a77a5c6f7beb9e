# syntax=docker/dockerfile:1
# docker build --secret id=action_key,src=action-key.txt --build-arg NEXT_DEPLOYMENT_ID=$(git rev-parse --short HEAD) -t refill .
# The action key may be left out; then only images of this one build know each other's forms (docs/operations.md).
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --ignore-scripts
COPY . .
ARG NEXT_DEPLOYMENT_ID=""
ENV NEXT_DEPLOYMENT_ID=$NEXT_DEPLOYMENT_ID
RUN --mount=type=secret,id=action_key,env=NEXT_SERVER_ACTIONS_ENCRYPTION_KEY npm run build:standalone

# Node alone, without npm and the headers for compiling that its image has: those are 80 MB that no process of ours uses.
FROM debian:bookworm-slim
COPY --from=build /usr/local/bin/node /usr/local/bin/
RUN useradd --uid 1000 --user-group --no-log-init node
ARG NEXT_DEPLOYMENT_ID=""
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 NEXT_DEPLOYMENT_ID=$NEXT_DEPLOYMENT_ID
WORKDIR /app
# Root's and never written: the processes run as another user, on a file system that may be read-only.
COPY --from=build /app/.next/standalone ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# web, worker, db:migrate, or another of `npm run`'s commands.
ENTRYPOINT ["node", "refill.mjs"]
CMD ["web"]
