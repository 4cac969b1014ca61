# Sourced by the build scripts. What the host's package manager is configured with (sources, proxy, certificates)
# is used for the build and never stays in the image.
export DEBIAN_FRONTEND=noninteractive APT_CONFIG=/mnt/slipway/apt.conf

# Official slim images leave documentation out by the same rules.
cat >/etc/dpkg/dpkg.cfg.d/slim <<'RULES'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/linda/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
RULES

apt_install() {
  apt-get update -q
  apt-get upgrade -q -y --no-install-recommends
  apt-get install -q -y --no-install-recommends "$@"
}

apt_clean() {
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
  find / -xdev -name __pycache__ -type d -path '/usr/lib/*' -prune -exec rm -rf {} +
}
