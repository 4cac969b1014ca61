package slim_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitlab.com/slipway/slipway/tools/awsplugin/slim"
)

// provider is a provider of three services: network has a type on the older
// SDK, rules one on the plugin framework, and extra one that nobody wants.
// Rules uses network's package, and helper is used by nothing that is wanted.
var provider = map[string]string{
	"go.mod":  "module github.com/hashicorp/terraform-provider-aws\n\ngo 1.26\n",
	"LICENSE": "MPL-2.0\n",
	"xpprovider/xpprovider.go": `package xpprovider

import "github.com/hashicorp/terraform-provider-aws/internal/provider"

func Services() []string { return provider.Services(nil) }
`,
	"internal/provider/service_packages_gen.go": `// Code generated; DO NOT EDIT.

package provider

import (
	"context"

	"github.com/hashicorp/terraform-provider-aws/internal/service/extra"
	"github.com/hashicorp/terraform-provider-aws/internal/service/network"
	"github.com/hashicorp/terraform-provider-aws/internal/service/rules"
)

func Services(ctx context.Context) []string {
	return []string{
		extra.ServicePackage(ctx),
		network.ServicePackage(ctx),
		rules.ServicePackage(ctx),
	}
}
`,
	"internal/conns/awsclient_gen.go": `// Code generated; DO NOT EDIT.
package conns

import (
	extra_sdk "bytes"
	network_sdk "strings"
)

func (c *AWSClient) ExtraClient() *extra_sdk.Buffer { return nil }

func (c *AWSClient) NetworkClient() *network_sdk.Builder { return nil }
`,
	"internal/conns/conns.go": "package conns\n\ntype AWSClient struct{}\n",
	"internal/service/network/service_package_gen.go": `package network

import "context"

type registration struct{ TypeName string }

var resources = []registration{{TypeName: "aws_network"}}

func ServicePackage(context.Context) string { return "network" }
`,
	"internal/service/network/network.go": `package network

import "github.com/hashicorp/terraform-provider-aws/internal/conns"

func Use(c *conns.AWSClient) { c.NetworkClient() }
`,
	"internal/service/network/network_test.go": "package network\n",
	"internal/service/rules/service_package_gen.go": `package rules

import (
	"context"

	"github.com/hashicorp/terraform-provider-aws/internal/service/network"
)

var _ = network.Use

func ServicePackage(context.Context) string { return "rules" }
`,
	"internal/service/rules/rule.go": `package rules

type response struct{ TypeName string }

func metadata(r *response) { r.TypeName = "aws_rule" }
`,
	"internal/service/extra/service_package_gen.go": `package extra

import (
	"context"

	"github.com/hashicorp/terraform-provider-aws/internal/conns"
	"github.com/hashicorp/terraform-provider-aws/internal/helper"
)

var _ = helper.Help

func use(c *conns.AWSClient) { c.ExtraClient() }

func ServicePackage(context.Context) string { return "extra" }
`,
	"internal/helper/helper.go": "package helper\n\nfunc Help() {}\n",
}

func TestCopyKeepsWhatTheWantedTypesNeed(t *testing.T) {
	source, target := writeProvider(t), filepath.Join(t.TempDir(), "copy")
	got, err := slim.Copy(slim.Options{Source: source, Target: target, Resources: []string{"aws_rule"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"rules"}; !slices.Equal(got.Services, want) {
		t.Errorf("got services %v, want %v", got.Services, want)
	}
	want := []string{"internal/conns", "internal/provider", "internal/service/network", "internal/service/rules", "xpprovider"}
	if !slices.Equal(got.Packages, want) {
		t.Errorf("got packages %v, want %v", got.Packages, want)
	}
	if got.Clients != 1 {
		t.Errorf("got %d clients, want the one of network", got.Clients)
	}
	if _, err := os.Stat(filepath.Join(target, "internal/service/network/network_test.go")); err == nil {
		t.Error("a test was copied")
	}
	if _, err := goCommand(target, "vet", "./..."); err != nil {
		t.Errorf("the copy does not compile: %v", err)
	}
}

func TestCopyFindsBothKindsOfTypes(t *testing.T) {
	source := writeProvider(t)
	got, err := slim.Copy(slim.Options{Source: source, Target: filepath.Join(t.TempDir(), "copy"), Resources: []string{"aws_rule"}, DataSources: []string{"aws_network"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"network", "rules"}; !slices.Equal(got.Services, want) {
		t.Errorf("got services %v, want %v", got.Services, want)
	}
}

func TestCopyRefusesWhatItCannotProvide(t *testing.T) {
	source := writeProvider(t)
	for name, tt := range map[string]struct {
		options slim.Options
		want    string
	}{
		"unknown types":   {slim.Options{Source: source, Resources: []string{"aws_rule", "aws_lost", "aws_gone"}}, "aws_gone, aws_lost"},
		"nothing":         {slim.Options{Source: source}, "no Terraform types"},
		"another program": {slim.Options{Source: t.TempDir(), Resources: []string{"aws_rule"}}, "is not the source"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.options.Target = filepath.Join(t.TempDir(), "copy")
			_, err := slim.Copy(tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
			if _, err := os.Stat(tt.options.Target); err == nil {
				t.Error("something was copied all the same")
			}
		})
	}
}

func writeProvider(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range provider {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
