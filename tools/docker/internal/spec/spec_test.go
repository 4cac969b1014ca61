package spec_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"gitlab.com/slipway/slipway/tools/docker/internal/spec"
)

type m = map[string]any

func decode(inputs m) (spec.Image, []spec.Problem) {
	return spec.Decode(resource.NewPropertyMapFromMap(inputs))
}

func TestDecodeReadsEverything(t *testing.T) {
	img, problems := decode(m{
		"imageName": "127.0.0.1:5000/app:1", "skipPush": true, "buildOnPreview": true,
		"registry": m{"server": "s", "username": "u", "password": resource.MakeSecret(resource.NewProperty("p"))},
		"build": m{
			"context": "app", "dockerfile": "Other", "platform": "linux/arm64", "target": "t", "network": "host",
			"args": m{"A": "1"}, "addHosts": []any{"db:10.0.0.5"}, "builderVersion": "BuilderV1",
			"cacheFrom": m{"images": []any{"a/b:c"}}, "contextDigest": "of an earlier check",
		},
	})
	assert.Empty(t, problems)
	assert.Equal(t, spec.Image{
		Name: "127.0.0.1:5000/app:1", SkipPush: true, BuildOnPreview: true,
		Registry: spec.Registry{Server: "s", Username: "u", Password: "p"},
		Build: spec.Build{
			Context: "app", Dockerfile: "Other", Platform: "linux/arm64", Target: "t", Network: "host",
			Args: map[string]string{"A": "1"}, AddHosts: []string{"db:10.0.0.5"}, Classic: true, CacheFrom: []string{"a/b:c"},
		},
		Unknown: map[string]bool{},
	}, img)
}

func TestDecodeDefaults(t *testing.T) {
	for dockerfile, build := range map[string]any{
		"Dockerfile":     nil,
		"app/Dockerfile": m{"context": "./app/"},
	} {
		img, problems := decode(m{"imageName": "registry.example.com/a/b", "build": build})
		assert.Empty(t, problems)
		assert.Equal(t, dockerfile, img.Build.Dockerfile)
		assert.False(t, img.Build.Classic || img.SkipPush || img.BuildOnPreview)
	}
}

func TestDecodeNamesEveryProblemAtOnce(t *testing.T) {
	_, problems := decode(m{
		"skipPush": "yes",
		"registry": m{"password": 1.0},
		"build": m{
			"context": true, "args": m{"A": 1.0, "B": m{}}, "builderVersion": "BuilderV3", "platform": "linux/a,linux/b",
			"addHosts": []any{"db"}, "cacheFrom": m{"images": "one"},
		},
	})
	assert.Equal(t, []spec.Problem{
		{"build.addHosts.0", `"db" must be host:ip, such as db.local:10.0.0.5`},
		{"build.args.A", "must be a string, not number"},
		{"build.args.B", "must be a string, not object"},
		{"build.builderVersion", `must be one of BuilderBuildKit, BuilderV1, not "BuilderV3"`},
		{"build.cacheFrom.images", "must be a list of strings, not string"},
		{"build.context", "must be a string, not bool"},
		{"build.platform", `"linux/a,linux/b" is not one platform; write os/arch, such as linux/arm64`},
		{"imageName", "is required: repository:tag"},
		{"registry.password", "must be a string, not number"},
		{"skipPush", "must be true or false, not string"},
	}, problems)
}

func TestImageNames(t *testing.T) {
	for name, want := range map[string]string{
		"registry.example.com/a/b:c": "",
		"localhost:5000/a":           "",
		"127.0.0.1:4566/a/b:c":       "",
		"a/b:c":                      `"a/b:c" must be fully qualified to be pushed or cached; write registry/repository:tag`,
		"registry.example.com/a/App": `"registry.example.com/a/App" is not an image name: invalid reference format: repository name (a/App) must be lowercase`,
		"registry.example.com/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000": "names a digest",
	} {
		_, problems := decode(m{"imageName": name})
		if want == "" {
			assert.Empty(t, problems, name)
		} else if assert.Len(t, problems, 1, name) {
			assert.Contains(t, problems[0].Reason, want)
		}
	}
	_, problems := decode(m{"imageName": "a/b:c", "skipPush": true})
	assert.Empty(t, problems, "an image that stays here needs no registry")
}

func TestUnknownValuesAreNoProblem(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	img, problems := decode(m{
		"imageName": unknown,
		"registry":  m{"password": resource.MakeSecret(unknown)},
		"build":     m{"context": unknown, "args": m{"A": unknown}},
	})
	assert.Empty(t, problems)
	assert.Equal(t, map[string]bool{
		"imageName": true, "registry.password": true, "build.context": true, "build.args.A": true,
	}, img.Unknown)
	assert.False(t, img.Located())
	assert.True(t, img.Known("build.platform"))

	img, problems = decode(m{"imageName": "registry.example.com/a/b", "build": unknown})
	assert.Empty(t, problems)
	assert.False(t, img.Located())
	assert.False(t, img.Known("build.platform"), "below something unknown")
}

func FuzzDecode(f *testing.F) {
	f.Add("imageName", "a", "args", "x")
	f.Add("build", "linux/a,b", "cacheFrom", "images")
	f.Fuzz(func(_ *testing.T, key, value, inner, text string) {
		for _, build := range []any{value, m{inner: text}, m{inner: []any{text}}, m{inner: m{key: text}}} {
			decode(m{key: value, "build": build, "imageName": value, "registry": build})
		}
	})
}
