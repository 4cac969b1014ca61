package timing

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"gitlab.com/slipway/slipway/cmd/slipway/pricing"
)

// FargateStart is how long a task takes from PROVISIONING to RUNNING, in seconds,
// for an image of some tens of MB. AWS promises no time; this is a round figure
// between the 30 s and 60 s that are common.
const FargateStart = 45

// Target is the most that the settings may cost a deploy of two tasks, in seconds.
const Target = 180

// breakerThreshold is the least number of failed tasks that ends a rollout:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html#failure-threshold
const breakerThreshold = 3

// Step is a part of a deploy.
type Step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Why names the settings behind the number.
	Why string `json:"why"`
}

// Report is how long a deploy takes.
type Report struct {
	Stack string `json:"stack"`
	// Tasks is the number of the app's tasks that it is computed for.
	Tasks int `json:"tasks"`
	// Steps come one after another. Settings is their sum.
	Steps    []Step  `json:"steps"`
	Settings float64 `json:"settingsSeconds"`
	// Typical is the sum with the tasks that Fargate starts meanwhile, one after
	// another: the migration, each wave of the app, the workers. The latter start
	// while the app's last old tasks drain and end.
	Typical float64 `json:"typicalSeconds"`
	Starts  int     `json:"taskStarts"`
	// Rollback is how long the settings let a version try that never gets healthy.
	Rollback float64 `json:"rollbackSeconds"`
}

// settings are what the time follows from.
type settings struct {
	least, most                            float64 // healthy percent
	grace                                  float64
	interval, healthy, unhealthy, draining float64
	stop                                   float64 // seconds from SIGTERM to the end, 0 when not known yet
	workers                                int
	migrates                               bool
}

// Compute tells how long a deploy of a stack with a number of tasks takes.
// drain is how long the app serves on after SIGTERM, in seconds.
func Compute(stack string, tasks int, drain float64, resources []pricing.Resource) (*Report, error) {
	s, err := read(resources)
	if err != nil {
		return nil, fmt.Errorf("time a deploy of %s: %w", stack, err)
	}
	waves := waves(float64(tasks), s.least, s.most)
	r := &Report{Stack: stack, Tasks: tasks}
	r.add("new tasks get healthy", waves*s.interval*s.healthy,
		"%g wave(s) of tasks (minimum %g %%, maximum %g %%) x %g checks x %g s", waves, s.least, s.most, s.healthy, s.interval)
	r.add("old tasks drain", waves*s.draining, "%g wave(s) x deregistration delay of %g s", waves, s.draining)
	if s.stop > 0 {
		r.add("old tasks end", drain, "the app serves on for %g s after SIGTERM; stopTimeout allows %g s", drain, s.stop)
	} else {
		r.add("old tasks end", drain, "the app serves on for %g s after SIGTERM", drain)
	}
	r.Starts = int(waves)
	if s.migrates {
		r.Starts++
	}
	beside := 0.0
	if s.workers > 0 {
		r.Starts++ // they start beside one another
		beside = math.Min(FargateStart, s.draining+drain)
	}
	r.Typical = r.Settings + float64(r.Starts*FargateStart) - beside
	failures := math.Max(breakerThreshold, math.Ceil(float64(tasks)/2))
	r.Rollback = math.Ceil(failures/float64(tasks)) * (s.grace + s.unhealthy*s.interval)
	return r, nil
}

func (r *Report) add(name string, seconds float64, why string, args ...any) {
	r.Steps = append(r.Steps, Step{Name: name, Seconds: seconds, Why: fmt.Sprintf(why, args...)})
	r.Settings += seconds
}

// Over reports whether the settings cost more than the target.
func (r *Report) Over() bool { return r.Settings > Target }

// waves is in how many batches ECS replaces all tasks: as many start at once as
// the maximum leaves room for, after as many have stopped as the minimum allows.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func waves(tasks, least, most float64) float64 {
	room := math.Floor(tasks*most/100) - tasks
	spare := tasks - math.Ceil(tasks*least/100)
	if batch := room + spare; batch > 0 {
		return math.Ceil(tasks / batch)
	}
	return math.Inf(1)
}

func read(resources []pricing.Resource) (*settings, error) {
	s := &settings{}
	var found []string
	for _, res := range resources {
		switch res.Type {
		case "aws:lb/targetGroup:TargetGroup":
			found = append(found, res.Type)
			check := object(res.Properties["healthCheck"])
			s.interval, s.healthy, s.unhealthy = number(check["interval"], 30), number(check["healthyThreshold"], 5), number(check["unhealthyThreshold"], 2)
			s.draining = number(res.Properties["deregistrationDelay"], 300)
		case "aws:ecs/service:Service":
			if _, behind := res.Properties["loadBalancers"]; !behind {
				s.workers++
				continue
			}
			found = append(found, res.Type)
			s.least, s.most = number(res.Properties["deploymentMinimumHealthyPercent"], 100), number(res.Properties["deploymentMaximumPercent"], 200)
			s.grace = number(res.Properties["healthCheckGracePeriodSeconds"], 0)
		case "aws:ecs/taskDefinition:TaskDefinition":
			stop, serves, err := appStop(res)
			if err != nil {
				return nil, err
			}
			if serves {
				s.stop = stop
			} else {
				s.migrates = true // the task of one-off commands is there
			}
		}
	}
	if len(found) != 2 {
		return nil, errors.New("the program registers not exactly one service behind one target group")
	}
	return s, nil
}

// appStop is the stopTimeout of the container that has a port, if there is one. In
// the preview of a new stack no container is known.
func appStop(res pricing.Resource) (seconds float64, serves bool, err error) {
	text, _ := res.Properties["containerDefinitions"].(string)
	if text == "" || text == pricing.Unknown {
		return 0, false, nil
	}
	var containers []struct {
		PortMappings []any
		StopTimeout  float64
	}
	if err := json.Unmarshal([]byte(text), &containers); err != nil {
		return 0, false, fmt.Errorf("read the containers of %s: %w", res.Name, err)
	}
	for _, container := range containers {
		if len(container.PortMappings) > 0 {
			return container.StopTimeout, true, nil
		}
	}
	return 0, false, nil
}

func object(value any) map[string]any {
	found, _ := value.(map[string]any)
	return found
}

// number is a number, or AWS's default.
func number(value any, otherwise float64) float64 {
	switch value := value.(type) {
	case float64:
		return value
	case int:
		return float64(value)
	case string: // as the AWS provider keeps some numbers
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			return number
		}
	}
	return otherwise
}
