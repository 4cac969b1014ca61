package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"gitlab.com/slipway/slipway/components/logs"
)

// maxStopTimeoutSeconds is Fargate's, and what a Spot task has left:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
const maxStopTimeoutSeconds = 120

// maxTimeoutMinutes is a day: what takes longer is no part of a deploy.
const maxTimeoutMinutes = 24 * 60

// maxName leaves room for "-execution" and the 8 characters that Pulumi adds
// within the 64 that IAM gives a role's name:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxName = 64 - len("-execution") - 8

var (
	accountPattern  = regexp.MustCompile(`^[0-9]{12}$`)
	variablePattern = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	// ECR takes lower case only, and no two hyphens in a row:
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// 64 is the most that a schedule's name may have; an ECS service's may be longer:
	// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
	partPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
	logGroupPattern = regexp.MustCompile(`^[A-Za-z0-9._/#-]{1,507}$`)
)

// ValidAccount reports whether text is an account's number, or empty.
func ValidAccount(text string) error {
	if text != "" && !accountPattern.MatchString(text) {
		return fmt.Errorf("%q is not the number of an AWS account, 12 digits in quotes such as \"111122223333\"", text)
	}
	return nil
}

// ValidName reports whether the AWS resources of a service can be named after it.
func ValidName(name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return fmt.Errorf("name %q must be 1 to %d lower-case letters, digits and single hyphens and begin with a letter", name, maxName)
	}
	return nil
}

// Validate reports every problem at once, each with the field's path.
func (a *Args) Validate() error {
	if a == nil {
		return errors.New("service: args are required")
	}
	a = a.withDefaults()
	p := &problems{path: "service."}
	p.required("VPCID", a.VPCID == nil)
	p.required("SubnetIDs", a.SubnetIDs == nil)
	p.required("TargetGroupARN", a.TargetGroupARN == nil)
	p.required("LoadBalancerSecurityGroupID", a.LoadBalancerSecurityGroupID == nil)
	p.required("Context", a.Context == "")
	if a.Context != "" {
		if _, err := os.Stat(filepath.Join(a.Context, dockerfile)); err != nil {
			p.add("Context", fmt.Errorf("%s holds no %s", a.Context, dockerfile))
		}
	}
	p.required("Repository", a.Repository == "")
	p.add("RepositoryAccount", ValidAccount(a.RepositoryAccount))
	if !slices.Contains(Architectures, a.Architecture) {
		p.add("Architecture", fmt.Errorf("%q must be one of %v", a.Architecture, Architectures))
	}
	p.between("Port", a.Port, 1, 65535)
	p.add("CPU", ValidSize(a.CPU, a.MemoryMiB))
	p.tasks(a.MinTasks, a.MaxTasks)
	a.validateCapacity(p)
	p.between("StopTimeoutSeconds", a.StopTimeoutSeconds, 1, maxStopTimeoutSeconds)
	p.between("MigrateTimeoutMinutes", a.MigrateTimeoutMinutes, 1, maxTimeoutMinutes)
	p.between("RolloutTimeoutMinutes", a.RolloutTimeoutMinutes, 1, maxTimeoutMinutes)
	if a.LogGroup != "" && !logGroupPattern.MatchString(a.LogGroup) {
		p.add("LogGroup", fmt.Errorf("%q must be 1 to 507 letters, digits and ._/#-", a.LogGroup))
	}
	p.add("LogRetentionDays", logs.ValidRetention(a.LogRetentionDays))
	if a.Exec && a.KeyARN == nil {
		p.add("Exec", errors.New("needs service.KeyARN, which encrypts the sessions"))
	}
	validateVariables(p, a.Environment, a.Secrets)
	a.validateLabels(p)
	for _, name := range sortedKeys(a.Workers) {
		a.Workers[name].validate(p.in("Workers", name))
	}
	for _, name := range sortedKeys(a.Schedules) {
		a.Schedules[name].validate(p.in("Schedules", name))
	}
	return errors.Join(p.found...)
}

func (a *Args) validateCapacity(p *problems) {
	if a.SpotOnly && (!a.Spot || a.OnDemandTasks != 0) {
		p.add("SpotOnly", errors.New("goes with service.Spot and without service.OnDemandTasks"))
	}
	if a.Spot && !a.SpotOnly {
		p.between("OnDemandTasks", a.OnDemandTasks, 1, a.MaxTasks)
	} else if !a.Spot && a.OnDemandTasks != 0 {
		p.add("OnDemandTasks", errors.New("goes with service.Spot: without it every task runs on-demand"))
	}
	switch {
	case a.LoadBalancerARN == nil && a.RequestsPerTarget != 0:
		p.add("RequestsPerTarget", errors.New("goes with service.LoadBalancerARN, whose requests are counted"))
	case a.LoadBalancerARN != nil && a.RequestsPerTarget < 1:
		p.add("RequestsPerTarget", fmt.Errorf("%d must be 1 or more", a.RequestsPerTarget))
	}
}

func validateVariables(p *problems, environment, secrets map[string]pulumi.StringInput) {
	for _, name := range sortedKeys(environment) {
		if !variablePattern.MatchString(name) {
			p.add("Environment."+name, errors.New("must be upper-case letters, digits and _"))
		}
		if _, both := secrets[name]; both {
			p.add("Environment."+name, errors.New("is a secret as well: give it once"))
		}
	}
	for _, name := range sortedKeys(secrets) {
		if !variablePattern.MatchString(name) {
			p.add("Secrets."+name, errors.New("must be upper-case letters, digits and _"))
		}
	}
}

func (a *Args) validateLabels(p *problems) {
	for _, name := range sortedKeys(a.SecretLabels) {
		_, plain := a.Environment[name]
		_, secret := a.Secrets[name]
		_, known := a.Secrets[a.SecretLabels[name].Secret]
		switch {
		case !variablePattern.MatchString(name):
			p.add("SecretLabels."+name, errors.New("must be upper-case letters, digits and _"))
		case plain || secret:
			p.add("SecretLabels."+name, errors.New("is in service.Environment or service.Secrets too: leave it in one"))
		case !known || a.SecretLabels[name].Name == "":
			p.add("SecretLabels."+name, errors.New("needs the name of a label, and a variable of service.Secrets"))
		}
	}
}

func (w *Worker) validate(p *problems) {
	if w == nil {
		p.required("Command", true)
		return
	}
	p.required("Command", len(w.Command) == 0)
	p.add("CPU", ValidSize(w.CPU, w.MemoryMiB))
	p.tasks(w.MinTasks, w.MaxTasks)
	p.between("StopTimeoutSeconds", w.StopTimeoutSeconds, 1, maxStopTimeoutSeconds)
}

func (s *Schedule) validate(p *problems) {
	if s == nil {
		p.required("Expression", true)
		p.required("Command", true)
		return
	}
	p.add("Expression", ValidExpression(s.Expression))
	p.add("Timezone", ValidTimezone(s.Timezone))
	p.required("Command", len(s.Command) == 0)
}

// problems collects what is wrong, each with the path of its field.
type problems struct {
	path  string
	found []error
	// parent has the path one level up; problems are collected there.
	parent *problems
}

func (p *problems) add(field string, err error) {
	switch {
	case err == nil:
	case p.parent != nil:
		p.parent.add(p.path+field, err)
	default:
		p.found = append(p.found, fmt.Errorf("%s%s: %w", p.path, field, err))
	}
}

// in is for the fields of one entry of a map, whose key becomes part of AWS names.
func (p *problems) in(field, name string) *problems {
	if !partPattern.MatchString(name) {
		p.add(field+"."+name, errors.New("the name must be 1 to 64 lower-case letters, digits and hyphens and begin with a letter"))
	}
	return &problems{path: field + "." + name + ".", parent: p}
}

func (p *problems) required(field string, missing bool) {
	if missing {
		p.add(field, errors.New("required"))
	}
}

func (p *problems) between(field string, value, least, most int) {
	if value < least || value > most {
		p.add(field, fmt.Errorf("%d must be %d to %d", value, least, most))
	}
}

func (p *problems) tasks(least, most int) {
	if least < 1 || most < least {
		p.add("MinTasks", fmt.Errorf("1 <= MinTasks (%d) <= MaxTasks (%d) must hold", least, most))
	}
}
