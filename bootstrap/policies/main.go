// Command policies prints every policy that bootstrap and the program write, with
// concrete values, as JSON: what `make roles-check` judges. It runs both against
// mocks and asks nothing of AWS.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/bootstrap/account"
	"gitlab.com/slipway/slipway/infra"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func main() {
	root := flag.String("root", "..", "directory of Pulumi.yaml")
	flag.Parse()
	// The program reads files beside Pulumi.yaml.
	err := os.Chdir(*root)
	var rendered []*scene
	if err == nil {
		rendered, err = render()
	}
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		err = encoder.Encode(map[string]any{"scenes": rendered})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// render runs bootstrap as its committed file says, with the longest names, and
// every stack.
func render() ([]*scene, error) {
	committed, err := mocktest.StackConfig("bootstrap", "account")
	if err != nil {
		return nil, fmt.Errorf("read bootstrap's configuration: %w", err)
	}
	var scenes []*scene
	for _, one := range []struct {
		name, project string
		config        map[string]string
	}{
		{"bootstrap", "slipway-bootstrap", committed},
		{"every option", "slipway-bootstrap", everyOption(committed)},
		{"longest", "slipway-bootstrap", longest(committed)},
	} {
		recording, err := mocktest.Record("account", one.config, account.Deploy, mocktest.Project(one.project))
		if err != nil {
			return nil, fmt.Errorf("run bootstrap (%s): %w", one.name, err)
		}
		scenes = append(scenes, newScene(one.name, "", recording))
	}
	for _, one := range []struct{ stack, file string }{{"staging", "staging"}, {"prod", "prod"}, {"review-7", "review"}} {
		config, err := mocktest.StackConfig(".", one.file)
		if err != nil {
			return nil, fmt.Errorf("read the configuration of %s: %w", one.file, err)
		}
		recording, err := mocktest.Record(one.stack, config, infra.Deploy,
			func(info *pulumi.RunInfo) { info.RootDirectory = "." })
		if err != nil {
			return nil, fmt.Errorf("run stack %s: %w", one.stack, err)
		}
		scenes = append(scenes, newScene("stack "+one.stack, one.stack, recording))
	}
	return scenes, nil
}

// everyOption has every environment have what it may have.
func everyOption(config map[string]string) map[string]string {
	found := maps.Clone(config)
	found["slipway-bootstrap:environments"] = `{
		"staging": {"deploy": ["branch:main"], "preview": ["branch:*"], "domains": ["staging.example.com", "www.staging.example.com"], "firewall": true, "cdn": true},
		"prod": {"deploy": ["branch:main", "tag:v*"], "preview": ["branch:*", "tag:v*"], "domains": ["recipes.example.com", "www.example.com"], "firewall": true, "cdn": true},
		"review": {"deploy": ["branch:*"], "sharedNetwork": "staging"}}`
	return found
}

// longest has the longest names that the configuration takes.
func longest(config map[string]string) map[string]string {
	found := maps.Clone(config)
	found["slipway-bootstrap:project"] = "thirteen-long"
	found["slipway-bootstrap:environments"] = `{
		"thirteen-also": {"deploy": ["branch:main", "tag:v*"], "preview": ["branch:*", "tag:v*"], "firewall": true, "cdn": true,
			"domains": ["a-rather-long-name.of-the-app.example.com", "www.a-rather-long-name.of-the-app.example.com"]},
		"guests-of-13": {"deploy": ["branch:*"], "sharedNetwork": "thirteen-also"}}`
	return found
}
