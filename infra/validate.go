package infra

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gitlab.com/slipway/slipway/components/database"
	"gitlab.com/slipway/slipway/components/edge"
	"gitlab.com/slipway/slipway/components/logs"
	"gitlab.com/slipway/slipway/components/network"
	"gitlab.com/slipway/slipway/components/observability"
	"gitlab.com/slipway/slipway/components/service"
	"gitlab.com/slipway/slipway/components/storage"
)

// namePattern is what every service takes as part of a name: RDS takes no two
// hyphens in a row, S3 no capitals.
var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// maxNames is how long project and stack may be together: the shortest name that
// AWS takes is the load balancer's, which has hyphens and its role beside them.
const maxNames = edge.MaxName - len("--"+edgeName)

// ownerPattern is what AWS takes as a tag's value, and not empty:
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
var ownerPattern = regexp.MustCompile(`^[A-Za-z0-9_.:/=+@-][A-Za-z0-9 _.:/=+@-]{0,254}$`)

// policyPattern is what IAM takes as a policy's path and name:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
var policyPattern = regexp.MustCompile(`^([\w+=,.@-]+/)*[\w+=,.@-]{1,128}$`)

// zonePattern is the end of an availability zone's name. Local and wavelength
// zones, which end otherwise, offer neither load balancers nor RDS.
var zonePattern = regexp.MustCompile(`^[a-z]$`)

// validate adds a problem for every value that no component would take. Keys
// that could not be read have been reported already and are passed over.
func (c *Config) validate(r *reader) {
	c.validateNames(r)
	if !ownerPattern.MatchString(c.Owner) {
		r.problem("owner", fmt.Sprintf("%q must be a name of letters, digits, spaces and _.:/=+@-, such as platform-team: every resource is tagged with it", c.Owner))
	}
	if c.PermissionsBoundary != "" && !policyPattern.MatchString(c.PermissionsBoundary) {
		r.problem("permissionsBoundary", fmt.Sprintf("%q is not the name of an IAM policy with its path, such as slipway/pipeline/slipway-pipeline-staging-boundary", c.PermissionsBoundary))
	}
	c.validateNetwork(r)
	c.validateEdge(r)
	c.validateService(r)
	c.validateDatabase(r)
	c.validateOperations(r)
}

// validateNames checks what all names are made of: together, since AWS counts both.
func (c *Config) validateNames(r *reader) {
	for _, part := range []struct{ of, name string }{{"project", c.Project}, {"stack", c.Stack}} {
		if !namePattern.MatchString(part.name) {
			r.problem("", fmt.Sprintf("%s name %q must be lower-case letters, digits and single hyphens and begin with a letter: names of AWS resources are made of it", part.of, part.name))
		}
	}
	if c.Stack == pipelineStack {
		r.problem("", fmt.Sprintf("stack name %q is taken: the pipeline's own roles are in that path. Take another", c.Stack))
	}
	if length := len(c.Project) + len(c.Stack); length > maxNames {
		r.problem("", fmt.Sprintf("project %q and stack name %q have %d characters together, %d are the most: the load balancer's name is made of them. Shorten the stack's name, or name in Pulumi.yaml", c.Project, c.Stack, length, maxNames))
	}
}

// prefix begins the name of everything in a stack of the project.
func (c *Config) prefix(stack string) string { return c.Project + "-" + stack + "-" }

func (c *Config) validateNetwork(r *reader) {
	if n := len(c.Zones); n < network.MinZones || n > network.MaxZones {
		r.problem("zones", fmt.Sprintf("%d given, must be %d to %d letters such as [a, b]", n, network.MinZones, network.MaxZones))
	}
	for _, zone := range c.Zones {
		if !zonePattern.MatchString(zone) {
			r.problem("zones", fmt.Sprintf("%q is not the letter of an availability zone, such as b for us-east-1b", zone))
		}
	}
	r.once("zones", c.Zones)
	if c.SharedNetwork != "" {
		c.validateShared(r)
		return
	}
	prefix, err := network.ParseCIDR(c.VPCCIDR)
	r.check("vpcCidr", err)
	if err == nil {
		r.check("vpcCidr", c.overlap(prefix))
	}
	r.oneOf("nat", string(c.NAT), texts(network.NATs))
	for _, endpoint := range c.InterfaceEndpoints {
		r.check("interfaceEndpoints", network.ValidInterfaceEndpoint(endpoint))
	}
	r.once("interfaceEndpoints", c.InterfaceEndpoints)
	if c.NAT == network.NATNone {
		c.validateWithoutNAT(r)
	}
}

// taskEndpoints are the services that a task of this app can't do without: its
// image, its log, its secrets and the sessions of ECS Exec. S3 has an endpoint in
// every network; nothing asks KMS itself.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
// https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/networking-connecting-vpc.html
var taskEndpoints = []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages"}

// validateWithoutNAT refuses what could not start without a way out.
func (c *Config) validateWithoutNAT(r *reader) {
	var missing []string
	for _, endpoint := range taskEndpoints {
		if !slices.Contains(c.InterfaceEndpoints, endpoint) {
			missing = append(missing, endpoint)
		}
	}
	if len(missing) > 0 {
		r.problem("nat", fmt.Sprintf("none leaves tasks no way to their image, log and secrets: take another value, or add to interfaceEndpoints: %s", strings.Join(missing, ", ")))
	}
	if c.AdminHost {
		r.problem("adminHost", "true: without a NAT the host can't install psql: set it to false, or nat to another value than none")
	}
}

// validateShared refuses what belongs to the owner of a shared network.
func (c *Config) validateShared(r *reader) {
	owner := c.SharedNetwork
	_, known := c.neighbours[owner]
	switch {
	case owner == c.Stack:
		r.problem("sharedNetwork", fmt.Sprintf("%q is this stack: leave it empty for a network of its own", owner))
	case !known:
		r.problem("sharedNetwork", fmt.Sprintf("%q is no stack with a network of its own: there is no Pulumi.%s.yaml with a vpcCidr", owner, owner))
	}
	if c.Protect {
		r.problem("sharedNetwork", fmt.Sprintf("%q: a protected environment needs a network that no other one can take away", owner))
	}
	for _, mine := range []struct {
		key string
		set bool
		be  string
	}{
		{"vpcCidr", c.VPCCIDR != "", `""`},
		{"nat", c.NAT != network.NATNone, string(network.NATNone)},
		{"interfaceEndpoints", len(c.InterfaceEndpoints) > 0, "[]"},
		{"adminHost", c.AdminHost, "false"},
	} {
		if mine.set {
			r.problem(mine.key, fmt.Sprintf("must be %s: the network is that of stack %s", mine.be, owner))
		}
	}
}

func (c *Config) validateEdge(r *reader) {
	if c.Domain != "" {
		r.check("domain", edge.ValidDomain(c.Domain))
	}
	if c.Domain == "" && c.Protect {
		r.problem("domain", "is empty: a protected environment is served over TLS only, which needs a domain")
	}
	r.check("redirectDomains", edge.ValidRedirects(c.Domain, c.RedirectDomains))
	if c.Domain != "" {
		for _, name := range append([]string{c.Domain}, c.RedirectDomains...) {
			if !holds(c.HostedZone, name) {
				r.problem("hostedZone", fmt.Sprintf("%q does not hold %s: name the Route 53 zone that does, such as %s", c.HostedZone, name, parent(name)))
			}
		}
	}
	if c.Domain == "" && c.HostedZone != "" {
		r.problem("hostedZone", "goes with domain: give both or leave both empty")
	}
	r.oneOf("hsts", string(c.HSTS), texts(HSTSs))
	if c.Domain == "" && c.HSTS != HSTSHost {
		r.problem("hsts", fmt.Sprintf("%q goes with domain: without one nothing is served over HTTPS", c.HSTS))
	}
	for _, origin := range c.MediaCORSOrigins {
		r.check("mediaCorsOrigins", storage.ValidOrigin(origin))
	}
	r.once("mediaCorsOrigins", c.MediaCORSOrigins)
}

func (c *Config) validateService(r *reader) {
	r.check("imageAccount", service.ValidAccount(c.ImageAccount))
	if c.ImageAccount != "" && c.SharedNetwork != "" {
		r.problem("imageAccount", fmt.Sprintf("must be \"\": an environment in the network of stack %s, which any branch may deploy, runs images of its own", c.SharedNetwork))
	}
	r.oneOf("architecture", string(c.Architecture), texts(service.Architectures))
	r.check("taskCpu", service.ValidSize(c.TaskCPU, c.TaskMemoryMiB))
	r.between("minTasks", c.MinTasks, 1, 1000)
	r.between("maxTasks", c.MaxTasks, max(c.MinTasks, 1), 1000)
	r.between("onDemandTasks", c.OnDemandTasks, 0, max(c.MaxTasks, 0))
	if c.Protect && c.OnDemandTasks == 0 {
		r.problem("onDemandTasks", "0: a protected environment needs a task that AWS does not stop at will")
	}
	r.between("workerTasks", c.WorkerTasks, 0, 100)
}

func (c *Config) validateDatabase(r *reader) {
	if !database.ValidClass(c.DatabaseClass) {
		r.problem("databaseClass", fmt.Sprintf("%q is not an instance class such as db.t4g.micro", c.DatabaseClass))
	}
	r.between("databaseStorageGiB", c.DatabaseStorageGiB, 20, 13107)
	r.between("databaseBackupDays", c.DatabaseBackupDays, 1, 35)
	if c.DatabaseSnapshot != "" && !database.ValidSnapshot(c.DatabaseSnapshot) {
		r.problem("databaseSnapshot", fmt.Sprintf("%q is not the identifier or ARN of a snapshot", c.DatabaseSnapshot))
	}
	if c.Protect && !c.DatabaseFinalSnapshot {
		r.problem("databaseFinalSnapshot", "false: what a protected environment's database held must be in a snapshot when it is deleted")
	}
}

func (c *Config) validateOperations(r *reader) {
	if c.LogRetentionDays == 0 {
		r.problem("logRetentionDays", "0 days: logs can't be kept for ever, name a number of days such as 30")
	}
	r.check("logRetentionDays", logs.ValidRetention(c.LogRetentionDays))
	for _, address := range c.AlarmEmails {
		if !observability.ValidEmail(address) {
			r.problem("alarmEmails", fmt.Sprintf("%q is not an address such as ops@example.com", address))
		}
	}
	r.once("alarmEmails", c.AlarmEmails)
	if c.Protect && len(c.AlarmEmails) == 0 {
		r.problem("alarmEmails", "is empty: a protected environment needs an address that its alarms go to")
	}
	r.between("monthlyBudgetUsd", c.MonthlyBudgetUSD, 0, 1_000_000)
}

// holds reports whether records of a name belong into a hosted zone.
func holds(zone, name string) bool {
	return zone != "" && (name == zone || strings.HasSuffix(name, "."+zone))
}

func parent(domain string) string {
	_, rest, found := strings.Cut(domain, ".")
	if !found || !strings.Contains(rest, ".") {
		return domain
	}
	return rest
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
