package spec

import (
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
)

// validate checks what is known; the engine checks the rest.
func (img *Image) validate() []Problem {
	var problems []Problem
	add := func(path, format string, args ...any) {
		problems = append(problems, Problem{path, fmt.Sprintf(format, args...)})
	}
	push := !img.SkipPush && img.Known("skipPush")
	if img.Known("imageName") {
		if err := checkName(img.Name, push || len(img.Build.CacheFrom) > 0); err != nil {
			add("imageName", "%v", err)
		}
	}
	for i, name := range img.Build.CacheFrom {
		if _, err := reference.ParseNormalizedNamed(name); err != nil {
			add(fmt.Sprintf("build.cacheFrom.images.%d", i), "%q is not an image name: %v", name, err)
		}
	}
	if img.Build.Platform != "" {
		if _, err := platforms.Parse(img.Build.Platform); err != nil || strings.Contains(img.Build.Platform, ",") {
			add("build.platform", "%q is not one platform; write os/arch, such as linux/arm64", img.Build.Platform)
		}
	}
	for i, host := range img.Build.AddHosts {
		if name, address, ok := strings.Cut(host, ":"); !ok || name == "" || address == "" {
			add(fmt.Sprintf("build.addHosts.%d", i), "%q must be host:ip, such as db.local:10.0.0.5", host)
		}
	}
	return problems
}

// checkName reports a name that the engine can't tag, or, if the registry
// matters, one that doesn't say which registry it means.
func checkName(name string, qualified bool) error {
	if name == "" {
		return fmt.Errorf("is required: repository:tag")
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return fmt.Errorf("%q is not an image name: %w", name, err)
	}
	if _, digested := named.(reference.Digested); digested {
		return fmt.Errorf("%q names a digest, which only the build can know; write repository:tag", name)
	}
	if _, err := reference.ParseNamed(name); err != nil && qualified {
		return fmt.Errorf("%q must be fully qualified to be pushed or cached; write registry/repository:tag", name)
	}
	return nil
}
