# The one binary, nothing else in the image. It holds its own zone files,
# words, schemas and fonts.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /crieur ./cmd/crieur

FROM scratch
COPY --from=build /crieur /crieur
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
USER 65532:65532
VOLUME /data
ENTRYPOINT ["/crieur"]
CMD ["serve", "--store", "/data"]
