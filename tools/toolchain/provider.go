package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
	"gitlab.com/slipway/slipway/tools/awsplugin/slim"
)

// providerModule is the Terraform AWS provider, which the aws plugin is made of.
const providerModule = "github.com/hashicorp/terraform-provider-aws"

// slimProvider lets the aws plugin be built against a copy of the Terraform
// provider with nothing but the services of the mapping table, and corrected
// copies of smithy-go and the plugin SDK. The committed go.sum vouches for what both are made from.
func slimProvider(b *build) error {
	replaced := map[string]string{}
	for module, makeCopy := range map[string]func(source, target string) error{
		providerModule: func(source, target string) error {
			resources, dataSources := mapping.ResourceTypes(), mapping.DataSourceTypes()
			_, err := slim.Copy(slim.Options{Source: source, Target: target, Resources: resources, DataSources: dataSources})
			return err
		},
		slim.SmithyModule:    slim.CorrectSmithy,
		slim.PluginSDKModule: slim.ShortenWaits,
	} {
		dir, err := b.changedCopy(module, makeCopy)
		if err != nil {
			return err
		}
		replaced[module] = dir
	}
	modfile, err := b.modfile(replaced)
	if err != nil {
		return err
	}
	b.args = []string{"-modfile=" + modfile}
	return nil
}

// changedCopy returns the directory of a changed copy of a module, and makes it
// if needed. The copy's name tells what it depends on: the module's version,
// the program that changes it and the types of the mapping table.
func (b *build) changedCopy(module string, makeCopy func(source, target string) error) (string, error) {
	source, version, err := b.download(module)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, version, mapping.ResourceTypes(), mapping.DataSourceTypes())
	if err := hashTree(h, filepath.Join(b.module, "slim")); err != nil {
		return "", fmt.Errorf("hash the slimming program: %w", err)
	}
	target := filepath.Join(b.dir(), path.Base(strings.TrimSuffix(module, "/v2"))+"-"+hex.EncodeToString(h.Sum(nil))[:16])
	if exists(target) {
		markUsed(target)
		return target, nil
	}
	unfinished := target + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", fmt.Errorf("remove an unfinished copy: %w", err)
	}
	if err := makeCopy(source, unfinished); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, target); err != nil {
		return "", fmt.Errorf("put the copy of %s into the cache: %w", module, err)
	}
	return target, nil
}

// download returns where a module's sources are and which version they have.
func (b *build) download(module string) (dir, version string, err error) {
	if err := b.goCommand("mod", "download", module); err != nil {
		return "", "", err
	}
	out, err := goOutput(b.ctx, b.module, "list", "-m", "-json", module)
	if err != nil {
		return "", "", err
	}
	var info struct {
		Path, Version, Dir string
		Replace            *struct{ Path, Version string }
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		return "", "", fmt.Errorf("read where %s is: %w", module, err)
	}
	if info.Dir == "" {
		return "", "", fmt.Errorf("%s is not in the module cache: run `go mod download` in %s", module, b.module)
	}
	version = info.Path + "@" + info.Version
	if info.Replace != nil {
		version = info.Replace.Path + "@" + info.Replace.Version
	}
	return info.Dir, version, nil
}

// modfile writes a go.mod that differs from the committed one in where the
// given modules are, and the committed go.sum beside it.
func (b *build) modfile(replaced map[string]string) (string, error) {
	target := filepath.Join(filepath.Dir(b.binary()), "changed.mod")
	for from, to := range map[string]string{"go.mod": target, "go.sum": strings.TrimSuffix(target, ".mod") + ".sum"} {
		content, err := os.ReadFile(filepath.Join(b.module, from))
		if err != nil {
			return "", fmt.Errorf("copy %s: %w", from, err)
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			return "", fmt.Errorf("copy %s: %w", from, err)
		}
	}
	for module, dir := range replaced {
		if _, err := goOutput(b.ctx, b.module, "mod", "edit", "-replace="+module+"="+dir, target); err != nil {
			return "", err
		}
	}
	return target, nil
}
