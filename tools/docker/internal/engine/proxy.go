package engine

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/docker/cli/cli/config/configfile"
)

// proxyVariables are the build arguments that every Dockerfile knows without
// an ARG line and that leave no trace in the image or its history.
// https://docs.docker.com/reference/dockerfile/#predefined-args
var proxyVariables = []string{"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"}

// proxyArgs adds the proxies of the docker command's configuration, then those
// of the environment, to args; what the program set itself stays. A proxy on
// this machine's loopback is left out, since a RUN step can't reach it unless
// it shares the host's network; the second result says so.
func proxyArgs(args map[string]string, file *configfile.ConfigFile, daemon, network string) (map[string]*string, string) {
	out := file.ParseProxyConfig(daemon, pointers(args))
	var loopback []string
	for _, upper := range proxyVariables {
		for _, name := range []string{upper, strings.ToLower(upper)} {
			value := os.Getenv(name)
			if _, set := out[name]; set || value == "" {
				continue
			}
			if upper != "NO_PROXY" && network != "host" && onLoopback(value) {
				loopback = append(loopback, name)
				continue
			}
			out[name] = &value
		}
	}
	if len(loopback) == 0 {
		return out, ""
	}
	return out, fmt.Sprintf("%s names a proxy on this machine's loopback, which build steps can't reach: "+
		"not passed on. Set build.network to host, or let the proxy listen on an address that containers reach.",
		strings.Join(loopback, ", "))
}

func onLoopback(proxy string) bool {
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}
