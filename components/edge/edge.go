package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TypeToken is the type of an Edge in Pulumi's state.
const TypeToken = "slipway:edge:Edge"

const (
	httpPort  = 80
	httpsPort = 443
)

// Edge is the way in from the internet.
type Edge struct {
	pulumi.ResourceState

	// URL is where the edge answers, without a trailing slash.
	URL pulumi.StringOutput
	// Host is the host name that clients send.
	Host pulumi.StringOutput
	// TLS reports whether clients speak HTTPS.
	TLS bool
	// SecurityGroupID is the load balancer's security group.
	SecurityGroupID pulumi.StringOutput
	// TargetGroupARN is the group that a service registers its tasks with. It
	// is known once a listener forwards to the group, as ECS demands.
	TargetGroupARN pulumi.StringOutput
	// TargetGroupARNSuffix names the group in metrics, and after the load
	// balancer's suffix and a slash in scaling policies. It is known once a
	// listener forwards to the group, as scaling policies demand.
	TargetGroupARNSuffix pulumi.StringOutput
	// LoadBalancerARN is the load balancer's ARN.
	LoadBalancerARN pulumi.StringOutput
	// LoadBalancerARNSuffix names the load balancer in metrics.
	LoadBalancerARNSuffix pulumi.StringOutput
	// CertificateARN is the certificate of the domain, empty without TLS.
	CertificateARN pulumi.StringOutput

	name         string
	args         *Args
	loadBalancer *lb.LoadBalancer
	targetGroup  *lb.TargetGroup
	https        *lb.Listener
}

// New builds an edge. Nothing is registered when args are invalid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	e := &Edge{
		name: name, args: args.withDefaults(), TLS: args.Domain != "",
		CertificateARN: pulumi.String("").ToStringOutput(),
	}
	if err := ctx.RegisterComponentResource(TypeToken, name, e, opts...); err != nil {
		return nil, fmt.Errorf("register edge %s: %w", name, err)
	}
	steps := []func(*pulumi.Context) error{
		e.createSecurityGroup,
		e.createLoadBalancer,
		e.createTargetGroup,
	}
	if e.TLS {
		steps = append(steps, e.createCertificate, e.listenHTTPS, e.redirectNames, e.redirectHTTP, e.createAliasRecords)
	} else {
		steps = append(steps, e.listenHTTP)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{
		"url":             e.URL,
		"loadBalancerArn": e.LoadBalancerARN,
		"targetGroupArn":  e.TargetGroupARN,
		"certificateArn":  e.CertificateARN,
	})
}

func (e *Edge) child() pulumi.ResourceOption { return pulumi.Parent(e) }

func (e *Edge) createSecurityGroup(ctx *pulumi.Context) error {
	group, err := ec2.NewSecurityGroup(ctx, e.name, &ec2.SecurityGroupArgs{
		VpcId:       e.args.VPCID,
		Description: pulumi.String("Load balancer: HTTP and HTTPS from the internet"),
	}, e.child())
	if err != nil {
		return fmt.Errorf("create load balancer security group: %w", err)
	}
	e.SecurityGroupID = group.ID().ToStringOutput()
	if err := e.admit(ctx, "http", httpPort); err != nil || !e.TLS {
		return err
	}
	return e.admit(ctx, "https", httpsPort)
}

func (e *Edge) admit(ctx *pulumi.Context, protocol string, port int) error {
	_, err := vpc.NewSecurityGroupIngressRule(ctx, e.name+"-"+protocol, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: e.SecurityGroupID,
		CidrIpv4:        pulumi.String("0.0.0.0/0"),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
		Description:     pulumi.String(protocol + " from the internet"),
	}, e.child())
	if err != nil {
		return fmt.Errorf("admit %s: %w", protocol, err)
	}
	return nil
}

func (e *Edge) createLoadBalancer(ctx *pulumi.Context) (err error) {
	args := &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(false),
		Subnets:                  e.args.SubnetIDs,
		SecurityGroups:           pulumi.StringArray{e.SecurityGroupID},
		DropInvalidHeaderFields:  pulumi.Bool(true),
		DesyncMitigationMode:     pulumi.String(e.args.Desync),
		IdleTimeout:              pulumi.Int(IdleTimeoutSeconds),
		EnableDeletionProtection: pulumi.Bool(!e.args.Disposable),
		// The last address is the one that the load balancer saw: apps that count
		// one proxy from the right cannot be deceived.
		XffHeaderProcessingMode: pulumi.String("append"),
	}
	if e.args.AccessLogsBucket != nil {
		logs := &lb.LoadBalancerAccessLogsArgs{Enabled: pulumi.Bool(true), Bucket: e.args.AccessLogsBucket}
		if e.args.AccessLogsPrefix != "" {
			logs.Prefix = pulumi.String(e.args.AccessLogsPrefix)
		}
		args.AccessLogs = logs
	}
	e.loadBalancer, err = lb.NewLoadBalancer(ctx, e.name, args, e.child(), pulumi.Protect(!e.args.Disposable))
	if err != nil {
		return fmt.Errorf("create load balancer: %w", err)
	}
	e.LoadBalancerARN, e.LoadBalancerARNSuffix = e.loadBalancer.Arn, e.loadBalancer.ArnSuffix
	if e.TLS {
		e.Host = pulumi.String(e.args.Domain).ToStringOutput()
		e.URL = pulumi.Sprintf("https://%s", e.Host)
		return nil
	}
	e.Host = e.loadBalancer.DnsName
	e.URL = pulumi.Sprintf("http://%s", e.Host)
	return nil
}

// createTargetGroup checks fast enough for a short rollout: a new task serves
// after two checks, 10 s, instead of the default 2 m 30 s.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html
//
// Requests go where the fewest are in progress, since an API's differ in cost.
// AWS combines that with neither slow start nor anomaly mitigation.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#modify-routing-algorithm
func (e *Edge) createTargetGroup(ctx *pulumi.Context) (err error) {
	e.targetGroup, err = lb.NewTargetGroup(ctx, e.name, &lb.TargetGroupArgs{
		VpcId:                      e.args.VPCID,
		TargetType:                 pulumi.String("ip"),
		Protocol:                   pulumi.String("HTTP"),
		Port:                       pulumi.Int(e.args.TargetPort),
		DeregistrationDelay:        pulumi.Int(30),
		LoadBalancingAlgorithmType: pulumi.String("least_outstanding_requests"),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(e.args.HealthCheckPath),
			Matcher:            pulumi.String("200"),
			Interval:           pulumi.Int(5),
			Timeout:            pulumi.Int(4),
			HealthyThreshold:   pulumi.Int(2),
			UnhealthyThreshold: pulumi.Int(3),
		},
	}, e.child())
	if err != nil {
		return fmt.Errorf("create target group: %w", err)
	}
	return nil
}
