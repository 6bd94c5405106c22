# syntax=docker/dockerfile:1
# A release names both by digest, and has that checked:
#   --build-arg SDK=mcr.microsoft.com/dotnet/sdk:10.0.401-noble@sha256:… --build-arg RUNTIME=mcr.microsoft.com/dotnet/runtime-deps@sha256:… --build-arg CHECK_DIGESTS=1
# The digest that a tag has now: docker buildx imagetools inspect IMAGE. The lock files of the native build fit this SDK; another is refused.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0.401-noble
ARG RUNTIME=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

FROM ${SDK} AS build
ARG SDK
ARG RUNTIME
# 1: the build fails unless both base images are named by digest.
ARG CHECK_DIGESTS=0
RUN for image in "$SDK" "$RUNTIME"; do \
      echo "$image" | grep -Eq '@sha256:[0-9a-f]{64}$' || [ "$CHECK_DIGESTS" = 0 ] || { echo "$image is not named by digest"; exit 1; }; \
    done
# What links a native program.
RUN apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The builder says which.
ARG TARGETARCH
RUN dotnet restore src/Operator -p:PublishAot=true --locked-mode \
 && dotnet publish src/Operator -c Release -r "linux-$(echo "${TARGETARCH:-amd64}" | sed 's/amd64/x64/')" -p:PublishAot=true --no-restore -o /published
# What is in it, from the locked restore.
ARG VERSION=0.1.0
RUN dotnet tool restore \
 && dotnet CycloneDX src/Operator/Operator.csproj -rs -dpr -ed -ns -sn immutable-recovery-operator -sv "${VERSION}" -F Json -fn sbom.cdx.json -o /published

# No shell, no package manager; OpenSSL and the root certificates are in it.
FROM ${RUNTIME}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Immutable Recovery Operator" \
      org.opencontainers.image.description="Replaces compromised pods from trusted image digests" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /published/Operator /operator
COPY --from=build /published/sbom.cdx.json /sbom.cdx.json
USER 1654:1654
EXPOSE 8080 8443
ENTRYPOINT ["/operator"]
