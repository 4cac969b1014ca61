package service_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

const repositoryURL = "111122223333.dkr.ecr.us-east-1.amazonaws.com/recipes"

func version(t *testing.T, args *service.Args) string {
	t.Helper()
	tag, err := service.ContentTag(args.Context, "linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

// runs is the image of the app's container, and what the stack says it has built.
func runs(t *testing.T, got *mocktest.Recording) (image, built string) {
	t.Helper()
	definitions := got.Get(t, "ecs.TaskDefinition app").Inputs["containerDefinitions"].StringValue()
	match := regexp.MustCompile(`"image":"([^"]*)"`).FindStringSubmatch(definitions)
	if match == nil {
		t.Fatalf("no image in %s", definitions)
	}
	for _, res := range got.All() {
		if res.Key() == "index.RegistryImage app" {
			built = res.ReplacedWith
		}
	}
	return match[1], built
}

func TestImageIsBuiltOnceAndPinned(t *testing.T) {
	args := base(t)
	tag := version(t, args)
	const there, other, again = "sha256:there", "0123456789abcdef@1", "@1700000000"
	for name, test := range map[string]struct {
		before string
		images map[string]string
		digest string
		// built is what is built or kept; "new" is a build of now.
		built string
	}{
		"first build":                         {"", nil, "sha256:abc", "new"},
		"unchanged":                           {tag + again, map[string]string{tag: there}, there, tag + again},
		"changed":                             {other, map[string]string{other[:16]: "sha256:old"}, "sha256:abc", "new"},
		"back to earlier content":             {other, map[string]string{tag: there, other[:16]: "sha256:old"}, there, ""},
		"state lost, the image is there":      {"", map[string]string{tag: there}, there, ""},
		"older state restored":                {other, map[string]string{tag: there}, there, ""},
		"prod after staging":                  {"", map[string]string{tag: there}, there, ""},
		"expired in the repository":           {tag + again, nil, "sha256:abc", "new"},
		"a version that begins with this one": {tag + "0" + again, map[string]string{tag: there}, there, ""},
	} {
		t.Run(name, func(t *testing.T) {
			args.Built = test.before
			got := mocktest.MustRun(t, "test", nil, program(args), mocktest.WithImages(test.images))
			image, built := runs(t, got)
			if want := repositoryURL + "@" + test.digest; image != want {
				t.Errorf("tasks run %s, want %s", image, want)
			}
			if test.built == "new" {
				if !strings.HasPrefix(built, tag+"@") || built == test.before {
					t.Errorf("built %q, want a new build of %s", built, tag)
				}
			} else if built != test.built {
				t.Errorf("built %q, want %q", built, test.built)
			}
		})
	}
}

func TestImageIsBuiltForItsPlatformByItsContent(t *testing.T) {
	args := base(t)
	got := mocktest.MustRun(t, "test", nil, program(args))
	image := got.Get(t, "index.RegistryImage app")
	if name := image.Inputs["name"].StringValue(); name != repositoryURL+":"+version(t, args) {
		t.Errorf("image name: got %s", name)
	}
	build := image.Inputs["build"].ObjectValue()
	for key, want := range map[resource.PropertyKey]string{"platform": "linux/arm64", "context": args.Context, "dockerfile": "Dockerfile", "builder": "slipway"} {
		if got := build[key].StringValue(); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if !image.Inputs["authConfig"].ContainsSecrets() {
		t.Errorf("the registry's password is not secret: %v", image.Inputs["authConfig"])
	}
	if !image.Inputs["keepRemotely"].BoolValue() {
		t.Error("a stack that forgets an image deletes it for all environments")
	}
	builder := got.Get(t, "index.BuildxBuilder app")
	if !builder.Retained || !builder.Inputs["append"].BoolValue() || builder.ReplacedWith != image.ReplacedWith {
		t.Errorf("the builder is not that of this build: %+v", builder)
	}
}

// What a stack has built stays in its state as it was: neither the login, which is
// another every time, nor the name makes a difference. The name is one that is free,
// for a state that has lost the image.
func TestWhatWasBuiltDoesNotChange(t *testing.T) {
	args := base(t)
	tag := version(t, args)
	args.Built = tag + "@1700000000"
	got := mocktest.MustRun(t, "test", nil, program(args), mocktest.WithImages(map[string]string{tag: "sha256:there"}))
	image := got.Get(t, "index.RegistryImage app")
	mocktest.Equal(t, "ignored", image.IgnoreChanges, []string{"name", "build", "authConfig"})
	if name := image.Inputs["name"].StringValue(); !strings.HasPrefix(name, repositoryURL+":"+tag+"-") {
		t.Errorf("%s would be refused: tags are immutable", name)
	}
}

func TestWhatWasFoundIsNotRegistered(t *testing.T) {
	args := base(t)
	got := mocktest.MustRun(t, "test", nil, program(args), mocktest.WithImages(map[string]string{version(t, args): "sha256:there"}))
	for _, key := range got.Keys() {
		if strings.HasPrefix(key, "index.") {
			t.Errorf("%s is registered", key)
		}
	}
}

func TestImageLookupFailsForOtherReasonsThanAbsence(t *testing.T) {
	for call, want := range map[string]string{
		"aws:ecr/getImage:getImage":           "look for image recipes:",
		"aws:ecr/getRepository:getRepository": "make bootstrap",
	} {
		refuse := func(token string) error {
			if token == call {
				return errors.New("AccessDeniedException")
			}
			return nil
		}
		_, err := mocktest.Run(t, "test", nil, program(base(t)), mocktest.WithRefusals(refuse))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s: got %v", call, err)
		}
	}
}

// The docker plugin writes the login into the log at these levels.
func TestNothingIsPushedWhereTheLoginWouldBeShown(t *testing.T) {
	for level, refused := range map[string]bool{"": false, "WARN": false, "INFO": true, "debug": true, "trace": true} {
		t.Setenv("TF_LOG", level)
		_, err := mocktest.Run(t, "test", nil, program(full(t)))
		if got := err != nil && strings.Contains(err.Error(), "would show the registry's login: unset it, or set it to warn"); got != refused {
			t.Errorf("TF_LOG=%s: got %v", level, err)
		}
	}
}
