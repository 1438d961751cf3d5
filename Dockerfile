# Builds the client, then the server with the client inside, then an image with
# only the server: no shell, no packages and no writable files. The authorities'
# certificates are for DOMAIN, with which the server obtains its own; mount a folder
# that user 65532 can write, and name it in DATA_DIR.

FROM --platform=$BUILDPLATFORM node:20-slim AS client
WORKDIR /client
COPY client/package.json client/package-lock.json client/.npmrc ./
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

FROM scratch
COPY --from=server /bin/vidchat /vidchat
COPY --from=server /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# An unprivileged id; the user does not have to exist.
USER 65532:65532
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=5s --start-period=5s CMD ["/vidchat", "--healthcheck"]
ENTRYPOINT ["/vidchat"]
