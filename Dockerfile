# Builds the client, then the server with the client inside, then an image with
# only the server: no shell, no packages, and nothing to write to but /data. That and
# the authorities' certificates are for DOMAIN, with which the server obtains its own.

FROM --platform=$BUILDPLATFORM node:20-slim AS client
WORKDIR /client
COPY client/package.json client/package-lock.json client/.npmrc ./
COPY client/kit/package.json kit/
RUN npm ci
COPY client .
RUN npm run build

FROM --platform=$BUILDPLATFORM golang:1.26 AS server
WORKDIR /vidchat
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=client /client/dist client/dist
ARG TARGETOS TARGETARCH VERSION
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X main.releasedAs=$VERSION" -o /bin/vidchat .
# Only its owner may read it, which the server checks.
RUN install -d -m 0700 /files/data

FROM scratch
COPY --from=server /bin/vidchat /vidchat
COPY --from=server /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# An unprivileged id; the user does not have to exist.
COPY --from=server --chown=65532:65532 /files/ /
USER 65532:65532
ENV DATA_DIR=/data
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=5s --start-period=5s CMD ["/vidchat", "--healthcheck"]
ENTRYPOINT ["/vidchat"]
