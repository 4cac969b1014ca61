package plugin_test

import (
	"encoding/json"
	"testing"

	"gitlab.com/slipway/slipway/tools/awsx/internal/recorder"
)

// FuzzConstruct feeds arbitrary arguments to the server: it must answer, with
// a component or with an error that says something, and never panic.
func FuzzConstruct(f *testing.F) {
	for _, r := range recordings(f) {
		args, err := json.Marshal(r.Args)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(args, false)
		f.Add(args, true)
	}
	f.Add([]byte(`{"tags":{"$secret":{"a":"b"}},"cidrBlock":"${unknown}"}`), true)
	f.Add([]byte(`{"subnetSpecs":[{"type":"Private","name":""},{"type":"x"}],"subnetStrategy":"","vpcEndpointSpecs":[{}]}`), false)
	f.Add([]byte(`{"ipv4IpamPoolId":"p","ipv4NetmaskLength":16,"subnetStrategy":"Auto","natGateways":{"strategy":"None"}}`), false)
	f.Add([]byte(`{"availabilityZoneNames":["a","a",""],"natGateways":{}}`), false)
	f.Fuzz(func(t *testing.T, text []byte, dryRun bool) {
		var args map[string]any
		if json.Unmarshal(text, &args) != nil {
			return
		}
		if _, err := recorder.Properties(args); err != nil {
			return
		}
		got := construct(t, &recorder.Monitor{
			DryRun: dryRun, Zones: []string{"a", "b", "c"}, VPCRange: "10.0.0.0/16",
		}, args)
		switch {
		case got.err != nil && got.err.Error() == "":
			t.Fatal("an error without a text")
		case got.err == nil && len(got.monitor.Children()) < 2:
			t.Fatal("neither an error nor a network")
		}
	})
}
