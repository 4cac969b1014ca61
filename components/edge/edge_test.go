package edge_test

import (
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

func program(args *edge.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		e, err := edge.New(ctx, "edge", args)
		if err != nil {
			return err
		}
		ctx.Export("url", e.URL)
		return nil
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
		"route53.Record edge-alias",
		"route53.Record edge-certificate",
		"vpc.SecurityGroupIngressRule edge-http",
		"vpc.SecurityGroupIngressRule edge-https",
	})
	got.CheckParents(t, "edge.Edge edge")
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
	if policy := https["sslPolicy"].StringValue(); !strings.Contains(policy, "TLS13") {
		t.Errorf("TLS policy: got %s", policy)
	}
	if https["defaultActions"].ArrayValue()[0].ObjectValue()["type"].StringValue() != "forward" {
		t.Error("HTTPS does not forward")
	}
}

func TestZeroValueIsSafe(t *testing.T) {
	balancer := mocktest.MustRun(t, "test", nil, program(base())).Get(t, "lb.LoadBalancer edge").Inputs
	for key, want := range map[string]any{
		"enableDeletionProtection": true, "dropInvalidHeaderFields": true, "desyncMitigationMode": "defensive",
		"internal": false, "loadBalancerType": "application",
	} {
		if got := balancer[resource.PropertyKey(key)].V; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
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

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	got := (&edge.Args{TargetPort: 70000, HealthCheckPath: "health", Domain: "Example"}).Validate()
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
	})
}

func TestInvalidArgsRegisterNothing(t *testing.T) {
	got, err := mocktest.Run(t, "test", nil, program(&edge.Args{}))
	if err == nil {
		t.Error("no error")
	}
	mocktest.Equal(t, "resources", got.Keys(), nil)
}
