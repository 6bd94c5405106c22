# syntax=docker/dockerfile:1
# Both bases may be named by digest, which a release should: --build-arg SDK=mcr.microsoft.com/dotnet/sdk@sha256:…
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0-noble
ARG RUNTIME=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

FROM ${SDK} AS build
# What links a native program.
RUN apt-get update && apt-get install -y --no-install-recommends clang zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
ARG TARGETARCH=amd64
RUN dotnet publish src/Operator -c Release -r "linux-$(echo ${TARGETARCH} | sed 's/amd64/x64/')" -p:PublishAot=true -o /published

# No shell, no package manager; OpenSSL and the root certificates are in it.
FROM ${RUNTIME}
LABEL org.opencontainers.image.title="Immutable Recovery Operator" \
      org.opencontainers.image.description="Replaces compromised pods from trusted image digests" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /published/Operator /operator
USER 1654:1654
EXPOSE 8080
ENTRYPOINT ["/operator"]
