# What the jobs of .gitlab-ci.yml run in: Go, Python, Docker's client, and Pulumi's own
# CLI with the plugins that the programs ask for. No job builds or installs a tool.
#
# A change gives the image another tag: make jobs-image-tag. TestTheImageIsThatOfThePins
# holds the versions to those of go.mod.
FROM docker:28.5.2-dind@sha256:2a232a42256f70d78e3cc5d2b5d6b3276710a0de0596c145f627ecfae90282ac AS docker

FROM golang:1.26.8-trixie@sha256:eae2aaa6add2936cbf350dd0d2628b363461542f0c4b3c0b558957e0f2997379
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=docker /usr/local/libexec/docker/cli-plugins/docker-buildx /usr/local/libexec/docker/cli-plugins/docker-buildx
ENV PATH=/pulumi/bin:$PATH PULUMI_HOME=/opt/pulumi
RUN curl -fsSL https://get.pulumi.com | sh -s -- --version 3.274.1 --install-root /pulumi
# awsx asks for an aws plugin of its own.
RUN pulumi plugin install resource aws 6.83.4 \
 && pulumi plugin install resource aws 6.66.3 \
 && pulumi plugin install resource awsx 2.22.0 \
 && pulumi plugin install resource docker 4.10.0
