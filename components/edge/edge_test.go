package edge_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/edge"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

func base() *edge.Args {
	return &edge.Args{
		VPCID:     pulumi.String("vpc"),
		SubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
	}
}

func withDomain() *edge.Args {
	args := base()
	args.Domain, args.ZoneID = "recipes.example.com", pulumi.String("Z1")
	return args
}

func program(args *edge.Args, opts ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := edge.New(ctx, "edge", args, opts...)
		return err
	}
}

func TestWithoutDomain(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(base()))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"ec2.SecurityGroup edge",
		"edge.Edge edge",
		"lb.Listener edge-http",
		"lb.LoadBalancer edge",
		"lb.TargetGroup edge",
		"vpc.SecurityGroupIngressRule edge-http",
	})
	got.CheckParents(t, "edge.Edge edge")
	mocktest.Equal(t, "protected", got.Protected(), []string{"lb.LoadBalancer edge"})
	action := got.Get(t, "lb.Listener edge-http").Inputs["defaultActions"].ArrayValue()[0].ObjectValue()
	if action["type"].StringValue() != "forward" {
		t.Errorf("port 80: got %v, want forward", action["type"])
	}
}

func TestWithDomain(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(withDomain()))
	mocktest.Equal(t, "resources", got.Keys(), []string{
		"acm.Certificate edge",
		"acm.CertificateValidation edge",
		"ec2.SecurityGroup edge",
		"edge.Edge edge",
		"lb.Listener edge-http",
		"lb.Listener edge-https",
		"lb.LoadBalancer edge",
		"lb.TargetGroup edge",
		"route53.Record edge-alias-recipes.example.com",
		"route53.Record edge-certificate-recipes.example.com",
		"vpc.SecurityGroupIngressRule edge-http",
		"vpc.SecurityGroupIngressRule edge-https",
	})
	got.CheckParents(t, "edge.Edge edge")
	mocktest.Equal(t, "protected", got.Protected(), []string{"lb.LoadBalancer edge"})
}

func TestOtherNamesLeadToTheDomain(t *testing.T) {
	args := withDomain()
	args.Domain, args.Redirects = "example.com", []string{"www.example.com", "recipes.example.com"}
	got := mocktest.MustRun(t, "test", nil, program(args))
	var more []string
	for _, key := range got.Keys() {
		if strings.Contains(key, "redirect") || strings.Contains(key, "example.com") {
			more = append(more, key)
		}
	}
	mocktest.Equal(t, "resources", more, []string{
		"lb.ListenerRule edge-redirect",
		"route53.Record edge-alias-example.com",
		"route53.Record edge-alias-recipes.example.com",
		"route53.Record edge-alias-www.example.com",
		"route53.Record edge-certificate-example.com",
		"route53.Record edge-certificate-recipes.example.com",
		"route53.Record edge-certificate-www.example.com",
	})
	got.CheckParents(t, "edge.Edge edge")
	names := got.Get(t, "acm.Certificate edge").Inputs["subjectAlternativeNames"].Mappable()
	if !reflect.DeepEqual(names, []any{"www.example.com", "recipes.example.com"}) {
		t.Errorf("names of the certificate: got %v", names)
	}
	for key, want := range map[string]string{
		"edge-certificate-example.com":         "_x.example.com",
		"edge-certificate-www.example.com":     "_x.www.example.com",
		"edge-certificate-recipes.example.com": "_x.recipes.example.com",
		"edge-alias-example.com":               "example.com",
		"edge-alias-www.example.com":           "www.example.com",
		"edge-alias-recipes.example.com":       "recipes.example.com",
	} {
		if name := got.Get(t, "route53.Record "+key).Inputs["name"].StringValue(); name != want {
			t.Errorf("%s: got %s, want %s", key, name, want)
		}
	}
	rule := got.Get(t, "lb.ListenerRule edge-redirect").Inputs
	if listener := rule["listenerArn"].StringValue(); !strings.Contains(listener, "edge-https") {
		t.Errorf("the rule is of %s", listener)
	}
	mocktest.SameJSON(t, jsonOf(t, rule["conditions"]), `[{"hostHeader":{"values":["www.example.com","recipes.example.com"]}}]`)
	mocktest.SameJSON(t, jsonOf(t, rule["actions"]), `[{"type":"redirect","redirect":{"host":"example.com","statusCode":"HTTP_301"}}]`)
}

func TestNamesAreWithinTheLimitsOfACM(t *testing.T) {
	long := func(size int) string { return strings.Repeat("a.", (size-2)/2) + "cc" } // of even sizes
	for _, test := range []struct {
		domain    string
		redirects []string
		want      string
	}{
		{long(64), []string{long(252)}, ""},
		{long(66), nil, "has 66 characters: the first name of a certificate can have 64"},
		{"example.com", []string{long(254)}, "is not a host name"},
		{"example.com", []string{"a.io", "b.io", "c.io", "d.io", "e.io"}, ""},
		{"example.com", []string{"a.io", "b.io", "c.io", "d.io", "e.io", "f.io"}, "6 names: a load balancer's rule takes 5"},
		{"example.com", []string{"a.io", "a.io"}, `"a.io" is given twice`},
		{"example.com", []string{"example.com"}, `"example.com" is the domain itself`},
		{"example.com", []string{"*.example.com"}, `"*.example.com" is not a host name`},
	} {
		args := withDomain()
		args.Domain, args.Redirects = test.domain, test.redirects
		err := args.Validate()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s and %v: got %v, want %q", test.domain, test.redirects, err, test.want)
		}
	}
}

func TestHTTPOnlyRedirectsWhenThereIsTLS(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(withDomain()))
	action := got.Get(t, "lb.Listener edge-http").Inputs["defaultActions"].ArrayValue()[0].ObjectValue()
	redirect := action["redirect"].ObjectValue()
	if action["type"].StringValue() != "redirect" || redirect["protocol"].StringValue() != "HTTPS" ||
		redirect["port"].StringValue() != "443" || redirect["statusCode"].StringValue() != "HTTP_301" {
		t.Errorf("got %v", action)
	}
	https := got.Get(t, "lb.Listener edge-https").Inputs
	if policy := https["sslPolicy"].StringValue(); policy != "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09" {
		t.Errorf("TLS policy: got %s", policy)
	}
	if https["defaultActions"].ArrayValue()[0].ObjectValue()["type"].StringValue() != "forward" {
		t.Error("HTTPS does not forward")
	}
}

func TestOnlyTheWebPortsAreOpen(t *testing.T) {
	got := mocktest.MustRun(t, "test", nil, program(withDomain()))
	var rules []string
	for _, res := range got.All() {
		if res.Type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" {
			if res.Inputs["fromPort"].NumberValue() != res.Inputs["toPort"].NumberValue() {
				t.Errorf("%s opens a range", res.Key())
			}
			rules = append(rules, res.Inputs["cidrIpv4"].StringValue()+" "+res.Inputs["fromPort"].String())
		}
	}
	slices.Sort(rules)
	mocktest.Equal(t, "rules", rules, []string{"0.0.0.0/0 {443}", "0.0.0.0/0 {80}"})
}

func TestZeroValueIsSafe(t *testing.T) {
	balancer := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "lb.LoadBalancer edge").Inputs
	for key, want := range map[string]any{
		"enableDeletionProtection": true, "dropInvalidHeaderFields": true, "desyncMitigationMode": "defensive",
		"xffHeaderProcessingMode": "append", "idleTimeout": 60.0, "internal": false, "loadBalancerType": "application",
	} {
		if got := balancer[resource.PropertyKey(key)].V; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	if logs, set := balancer["accessLogs"]; set {
		t.Errorf("access logs: got %v, want none without a bucket", logs)
	}
}

func TestAccessLogs(t *testing.T) {
	args := base()
	args.AccessLogsBucket = pulumi.String("logs")
	for prefix, want := range map[string]map[string]any{
		"":     {"enabled": true, "bucket": "logs"},
		"edge": {"enabled": true, "bucket": "logs", "prefix": "edge"},
	} {
		args.AccessLogsPrefix = prefix
		got := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "lb.LoadBalancer edge").Inputs["accessLogs"].ObjectValue().Mappable()
		if !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestDesyncCanBeStrictest(t *testing.T) {
	args := base()
	args.Desync = edge.DesyncStrictest
	got := mocktest.MustRun(t, "test", nil, program(args)).Get(t, "lb.LoadBalancer edge").Inputs["desyncMitigationMode"].StringValue()
	if got != "strictest" {
		t.Errorf("got %s", got)
	}
}

func TestTargetGroupChecksHealthWithoutTheDatabase(t *testing.T) {
	group := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "lb.TargetGroup edge").Inputs
	check := group["healthCheck"].ObjectValue()
	if path := check["path"].StringValue(); path != "/health/live" {
		t.Errorf("path: got %s", path)
	}
	if seconds := check["interval"].NumberValue() * check["healthyThreshold"].NumberValue(); seconds > 10 {
		t.Errorf("a new task waits %v s for its first request, want 10 or less", seconds)
	}
	if check["timeout"].NumberValue() >= check["interval"].NumberValue() {
		t.Error("the timeout must be below the interval")
	}
	if algorithm := group["loadBalancingAlgorithmType"].StringValue(); algorithm != "least_outstanding_requests" {
		t.Errorf("algorithm: got %s", algorithm)
	}
	for _, other := range []resource.PropertyKey{"slowStart", "loadBalancingAnomalyMitigation"} {
		if value, set := group[other]; set {
			t.Errorf("%s: got %v, which AWS refuses beside the algorithm", other, value)
		}
	}
}

func TestDisposableIsNotProtected(t *testing.T) {
	args := base()
	args.Disposable = true
	got := mocktest.MustRun(t, "test", nil, program(args))
	mocktest.Equal(t, "protected", got.Protected(), nil)
	if got.Get(t, "lb.LoadBalancer edge").Inputs["enableDeletionProtection"].BoolValue() {
		t.Error("deletion protection is on")
	}
}

func TestOutputs(t *testing.T) {
	const arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:"
	common := map[string]string{
		"SecurityGroupID":       "edge_id",
		"TargetGroupARN":        arn + "targetgroup/edge/0123456789abcdef",
		"TargetGroupARNSuffix":  "targetgroup/edge/0123456789abcdef",
		"LoadBalancerARN":       arn + "loadbalancer/app/edge/0123456789abcdef",
		"LoadBalancerARNSuffix": "app/edge/0123456789abcdef",
	}
	for name, test := range map[string]struct {
		args *edge.Args
		tls  bool
		want map[string]string
	}{
		"without domain": {base(), false, map[string]string{
			"URL": "http://edge-1234.us-east-1.elb.amazonaws.com", "Host": "edge-1234.us-east-1.elb.amazonaws.com", "CertificateARN": "",
		}},
		"with domain": {withDomain(), true, map[string]string{
			"URL": "https://recipes.example.com", "Host": "recipes.example.com", "CertificateARN": "arn:aws:acm:us-east-1:111122223333:edge",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
				e, err := edge.New(ctx, "edge", test.args)
				if err != nil {
					return err
				}
				if e.TLS != test.tls {
					t.Errorf("TLS: got %v", e.TLS)
				}
				ctx.Export("outputs", pulumi.StringMap{
					"URL": e.URL, "Host": e.Host, "CertificateARN": e.CertificateARN, "SecurityGroupID": e.SecurityGroupID,
					"TargetGroupARN": e.TargetGroupARN, "TargetGroupARNSuffix": e.TargetGroupARNSuffix,
					"LoadBalancerARN": e.LoadBalancerARN, "LoadBalancerARNSuffix": e.LoadBalancerARNSuffix,
				}.ToStringMapOutput().ApplyT(func(values map[string]string) string {
					got = values
					return ""
				}))
				return nil
			})
			want := maps.Clone(common)
			maps.Copy(want, test.want)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// ECS and scaling policies refuse a target group that no listener forwards to.
func TestTargetGroupIsKnownBehindAListener(t *testing.T) {
	for key, args := range map[string]*edge.Args{"lb.Listener edge-http": base(), "lb.Listener edge-https": withDomain()} {
		got := mocktest.MustRun(t, "test", nil, func(ctx *pulumi.Context) error {
			e, err := edge.New(ctx, "edge", args)
			if err != nil {
				return err
			}
			other := base()
			other.AccessLogsBucket = e.TargetGroupARN
			if _, err := edge.New(ctx, "arn", other); err != nil {
				return err
			}
			other.AccessLogsBucket = e.TargetGroupARNSuffix
			_, err = edge.New(ctx, "suffix", other)
			return err
		})
		for _, user := range []string{"lb.LoadBalancer arn", "lb.LoadBalancer suffix"} {
			if waits := got.Get(t, user).DependsOn; !slices.Contains(waits, key) {
				t.Errorf("%s does not wait for %s; waits for %v", user, key, waits)
			}
		}
	}
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&edge.Args{TargetPort: 70000, HealthCheckPath: "health", Domain: "Example", AccessLogsPrefix: "AWSLogs/", Desync: "monitor"}).Validate()
	if got == nil {
		t.Fatal("no error")
	}
	mocktest.Equal(t, "problems", strings.Split(got.Error(), "\n"), []string{
		"edge.VPCID: required",
		"edge.SubnetIDs: required",
		"edge.TargetPort: 70000 must be 1 to 65535",
		`edge.HealthCheckPath: "health" must begin with /`,
		`edge.Domain: "Example" is not a host name such as recipes.example.com`,
		"edge.ZoneID: goes with edge.Domain, give both or none",
		"edge.AccessLogsPrefix: goes with edge.AccessLogsBucket",
		`edge.AccessLogsPrefix: "AWSLogs/" must hold no AWSLogs and neither begin nor end with /`,
		`edge.Desync: "monitor" must be one of [defensive strictest]`,
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	for name, args := range map[string]*edge.Args{"nil": nil, "empty": {}} {
		got, err := mocktest.Run(t, "test", nil, program(args))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		mocktest.Equal(t, "resources", got.Keys(), nil)
	}
}

func TestFailuresSayWhatFailed(t *testing.T) {
	for refused, want := range map[string]string{
		"slipway:edge:Edge edge":                                              "register edge edge",
		"aws:ec2/securityGroup:SecurityGroup edge":                            "create load balancer security group",
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule edge-http": "admit http",
		"aws:lb/loadBalancer:LoadBalancer edge":                               "create load balancer",
		"aws:lb/targetGroup:TargetGroup edge":                                 "create target group",
		"aws:acm/certificate:Certificate edge":                                "create certificate",
		"aws:route53/record:Record edge-certificate-recipes.example.com":      "create certificate validation record of recipes.example.com",
		"aws:acm/certificateValidation:CertificateValidation edge":            "validate certificate",
		"aws:lb/listener:Listener edge-https":                                 "create HTTPS listener",
		"aws:lb/listener:Listener edge-http":                                  "redirect HTTP to HTTPS",
		"aws:route53/record:Record edge-alias-recipes.example.com":            "create alias record of recipes.example.com",
	} {
		_, err := mocktest.Run(t, "test", nil, program(withDomain(), refuse(refused)))
		if err == nil || !strings.Contains(err.Error(), want+": ") {
			t.Errorf("%s: got %v, want %q", refused, err, want)
		}
	}
	_, err := mocktest.Run(t, "test", nil, program(base(), refuse("aws:lb/listener:Listener edge-http")))
	if err == nil || !strings.Contains(err.Error(), "create HTTP listener: ") {
		t.Errorf("got %v", err)
	}
}

func jsonOf(t *testing.T, value resource.PropertyValue) string {
	t.Helper()
	text, err := json.Marshal(value.Mappable())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// refuse makes the registration of one resource, "type name", fail.
func refuse(key string) pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{
		func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if args.Type+" "+args.Name != key {
				return nil
			}
			// Transformations must not change a resource's parent.
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: []pulumi.ResourceOption{pulumi.Parent(&pulumi.ResourceState{})}}
		},
	})
}
