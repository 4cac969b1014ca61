package service_test

import (
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func TestImageIsNamedByItsContentAndItsPasswordIsSecret(t *testing.T) {
	args := base(t)
	got := mocktest.MustRun(t, "test", nil, program(args))
	image := got.Get(t, "index.Image app").Inputs
	tag, err := service.ContentTag(args.Context, "linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	if name := image["imageName"].StringValue(); !strings.HasSuffix(name, "/app:"+tag) {
		t.Errorf("image name: got %s, want the tag %s", name, tag)
	}
	if build := image["build"].ObjectValue(); build["platform"].StringValue() != "linux/arm64" {
		t.Errorf("platform: got %v", build["platform"])
	}
	if registry := image["registry"]; !registry.ContainsSecrets() {
		t.Errorf("the registry's password is not secret: %v", registry)
	}
}

func TestRepositoryKeepsWhatWasPushed(t *testing.T) {
	for name, test := range map[string]struct {
		args       *service.Args
		encryption string
		delete     bool
	}{
		"default":    {base(t), "", false},
		"key":        {full(t), "KMS arn:key", false},
		"disposable": {func() *service.Args { a := base(t); a.Disposable = true; return a }(), "", true},
	} {
		got := mocktest.MustRun(t, "test", nil, program(test.args))
		repository := got.Get(t, "ecr.Repository app").Inputs
		if repository["imageTagMutability"].StringValue() != "IMMUTABLE" {
			t.Errorf("%s: image tags are mutable", name)
		}
		if !repository["imageScanningConfiguration"].ObjectValue()["scanOnPush"].BoolValue() {
			t.Errorf("%s: images are not scanned", name)
		}
		if repository["forceDelete"].BoolValue() != test.delete {
			t.Errorf("%s: deleted with its images: %v", name, repository["forceDelete"])
		}
		encryption := ""
		if list := repository["encryptionConfigurations"]; list.IsArray() {
			one := list.ArrayValue()[0].ObjectValue()
			encryption = one["encryptionType"].StringValue() + " " + one["kmsKey"].StringValue()
		}
		if encryption != test.encryption {
			t.Errorf("%s: encrypted by %q, want %q", name, encryption, test.encryption)
		}
		mocktest.SameJSON(t, got.Get(t, "ecr.LifecyclePolicy app").Inputs["policy"].StringValue(),
			`{"rules":[{"rulePriority":1,"description":"Keep the last 50 images","action":{"type":"expire"},`+
				`"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":50}}]}`)
	}
}
