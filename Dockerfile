# syntax=docker/dockerfile:1
# kubezone's image: Node and the bundle, nothing else; no shell, no package tool. For amd64 and arm64:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REPOSITORY/kubezone:VERSION --build-arg REVISION=$(git rev-parse HEAD) .
#   docker buildx build --target setup --tag REPOSITORY/kubezone-setup:VERSION .       # for the chart's nodeLocal
#
# To build the same image again, give the bases by digest (`docker buildx imagetools inspect NAME:TAG` prints it):
#
#   --build-arg NODE_IMAGE=node:26.10.0-bookworm-slim@sha256:… --build-arg SETUP_IMAGE=debian:bookworm-slim@sha256:…
ARG NODE_IMAGE=node:26.10.0-bookworm-slim
ARG SETUP_IMAGE=debian:bookworm-slim

# The bundle is the same for every architecture: it is built on the builder's own, and holds koffi's machine code for both.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS bundle
WORKDIR /build
COPY package.json package-lock.json ./
COPY package.json package-lock.json x64/
COPY package.json package-lock.json arm64/
RUN npm ci --no-audit --no-fund
RUN for cpu in x64 arm64; do (cd $cpu && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --os=linux --cpu=$cpu) || exit; done
RUN mkdir -p node_modules/@koromix && cp -r x64/node_modules/@koromix/koffi-linux-x64 arm64/node_modules/@koromix/koffi-linux-arm64 node_modules/@koromix/
COPY LICENSE ./
COPY deploy/example deploy/example
COPY cmd cmd
COPY src src
ARG REVISION=unknown
RUN REVISION=$REVISION npm run bundle
# The packages that the bundle was made from, for scanners; LICENCES.txt has those of which parts are in it.
RUN npm sbom --omit=dev --sbom-format=cyclonedx > dist/sbom.cdx.json

# Node with the libraries that it asks for, and a user.
FROM ${NODE_IMAGE} AS runtime
WORKDIR /runtime
RUN mkdir -p image/usr/local/bin image/etc image/tmp && cp "$(readlink -f "$(command -v node)")" image/usr/local/bin/node
RUN ldd image/usr/local/bin/node | grep -o '/[^ ]*' | while read -r library; do mkdir -p "image$(dirname "$library")" && cp -L "$library" "image$library"; done
# `kubectl exec POD -- kubezone explain NAME`
RUN ln -s /app/kubezone.mjs image/usr/local/bin/kubezone
RUN echo 'kubezone:x:65532:65532::/:/sbin/nologin' > image/etc/passwd && echo 'kubezone:x:65532:' > image/etc/group

# The step of the chart's node-local mode that makes an interface and its rules: files/node-local.sh.
FROM ${SETUP_IMAGE} AS setup
RUN apt-get update && apt-get install -y --no-install-recommends iproute2 iptables wget && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="kubezone-setup" \
      org.opencontainers.image.description="sh, wget, iproute2 and iptables, for kubezone's caches on nodes" \
      org.opencontainers.image.licenses="Apache-2.0"

FROM scratch AS kubezone
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kubezone" \
      org.opencontainers.image.description="A nameserver for Kubernetes clusters" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# One heap of glibc's for all threads: each would keep its own, with what a relist once needed (docs/decisions/0014).
ENV PATH=/usr/local/bin \
    NODE_ENV=production \
    MALLOC_ARENA_MAX=1
COPY --from=runtime /runtime/image /
COPY --from=bundle /build/LICENSE /build/dist /app/
USER 65532:65532
EXPOSE 53/udp 53/tcp 9153/tcp
ENTRYPOINT ["node", "/app/kubezone.mjs"]
CMD ["serve"]
