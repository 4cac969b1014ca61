package edge

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tlsPolicy takes TLS 1.3 and, for older clients, 1.2 with forward secrecy and
// authenticated encryption; clients that can agree on keys that a quantum
// computer would not find. AWS recommends it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

func (e *Edge) listenHTTP(ctx *pulumi.Context) error {
	listener, err := lb.NewListener(ctx, e.name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: e.LoadBalancerARN,
		Port:            pulumi.Int(httpPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions:  e.forward(),
	}, e.child())
	if err != nil {
		return fmt.Errorf("create HTTP listener: %w", err)
	}
	e.targetGroupBehind(listener)
	return nil
}

func (e *Edge) listenHTTPS(ctx *pulumi.Context) error {
	listener, err := lb.NewListener(ctx, e.name+"-https", &lb.ListenerArgs{
		LoadBalancerArn: e.LoadBalancerARN,
		Port:            pulumi.Int(httpsPort),
		Protocol:        pulumi.String("HTTPS"),
		SslPolicy:       pulumi.String(tlsPolicy),
		CertificateArn:  e.CertificateARN,
		DefaultActions:  e.forward(),
	}, e.child())
	if err != nil {
		return fmt.Errorf("create HTTPS listener: %w", err)
	}
	e.targetGroupBehind(listener)
	e.https = listener
	return nil
}

// redirectNames leads the other names to the domain. On port 80 they lead to
// themselves with TLS first, as HSTS wants it.
func (e *Edge) redirectNames(ctx *pulumi.Context) error {
	if len(e.args.Redirects) == 0 {
		return nil
	}
	_, err := lb.NewListenerRule(ctx, e.name+"-redirect", &lb.ListenerRuleArgs{
		ListenerArn: e.https.Arn,
		Priority:    pulumi.Int(1),
		Conditions: lb.ListenerRuleConditionArray{&lb.ListenerRuleConditionArgs{
			HostHeader: &lb.ListenerRuleConditionHostHeaderArgs{Values: pulumi.ToStringArray(e.args.Redirects)},
		}},
		Actions: lb.ListenerRuleActionArray{&lb.ListenerRuleActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: &lb.ListenerRuleActionRedirectArgs{
				Host:       pulumi.String(e.args.Domain),
				StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, e.child())
	if err != nil {
		return fmt.Errorf("redirect the other names: %w", err)
	}
	return nil
}

// redirectHTTP comes after what it redirects to: when an edge gets a domain, its
// HTTP listener serves until then.
func (e *Edge) redirectHTTP(ctx *pulumi.Context) error {
	_, err := lb.NewListener(ctx, e.name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: e.LoadBalancerARN,
		Port:            pulumi.Int(httpPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: &lb.ListenerDefaultActionRedirectArgs{
				Protocol:   pulumi.String("HTTPS"),
				Port:       pulumi.String(strconv.Itoa(httpsPort)),
				StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, e.child(), pulumi.DependsOn([]pulumi.Resource{e.https}))
	if err != nil {
		return fmt.Errorf("redirect HTTP to HTTPS: %w", err)
	}
	return nil
}

func (e *Edge) forward() lb.ListenerDefaultActionArray {
	return lb.ListenerDefaultActionArray{&lb.ListenerDefaultActionArgs{
		Type:           pulumi.String("forward"),
		TargetGroupArn: e.targetGroup.Arn,
	}}
}

// targetGroupBehind makes whoever uses the target group wait for the listener:
// ECS and scaling policies refuse a target group that no load balancer uses.
func (e *Edge) targetGroupBehind(listener *lb.Listener) {
	behind := func(value pulumi.StringOutput) pulumi.StringOutput {
		return pulumi.All(value, listener.Arn).ApplyT(func(values []any) string {
			return values[0].(string)
		}).(pulumi.StringOutput)
	}
	e.TargetGroupARN, e.TargetGroupARNSuffix = behind(e.targetGroup.Arn), behind(e.targetGroup.ArnSuffix)
}
