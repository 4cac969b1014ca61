package pricing

import (
	"encoding/json"
	"fmt"
	"strings"
)

// service charges for the tasks that it begins with: the least that autoscaling
// keeps.
func service(c *calculation, r Resource) error {
	count, err := r.number("desiredCount", 1)
	if err != nil {
		return err
	}
	task, err := c.refersTo(r, "taskDefinition", taskDefinition)
	if err != nil {
		return err
	}
	size, err := sizeOf(task)
	if err != nil {
		return err
	}
	spot, err := spotTasks(r, count)
	if err != nil {
		return err
	}
	if onDemand := count - spot; onDemand > 0 {
		c.hourly("vCPU of tasks", "fargate."+size.processor+".vcpu", onDemand*size.vcpu)
		c.hourly("memory of tasks", "fargate."+size.processor+".gb", onDemand*size.gb)
	}
	if spot > 0 {
		// AWS lists no price for Spot: it moves.
		paid := spot * (1 - c.assumed("fargate.spotDiscount"))
		c.hourly("vCPU of Spot tasks, discounted", "fargate."+size.processor+".vcpu", paid*size.vcpu)
		c.hourly("memory of Spot tasks, discounted", "fargate."+size.processor+".gb", paid*size.gb)
	}
	if extra := size.storageGB - c.assumed("fargate.storageIncludedGb"); extra > 0 {
		c.hourly("storage of tasks", "fargate.storage.gb", count*extra)
	}
	if r.flag("networkConfiguration.assignPublicIp") {
		c.hourly("addresses of tasks", "ipv4.hour", count)
	}
	c.ingest("logs", "logs.gb", count*c.assumed("app.logsGb"))
	return nil
}

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"

// taskSize is what Fargate charges for.
type taskSize struct {
	processor           string
	vcpu, gb, storageGB float64
}

func sizeOf(task Resource) (taskSize, error) {
	cpu, err := task.required("cpu")
	if err != nil {
		return taskSize{}, err
	}
	memory, err := task.required("memory")
	if err != nil {
		return taskSize{}, err
	}
	storage, err := task.number("ephemeralStorage.sizeInGib", 0)
	if err != nil {
		return taskSize{}, err
	}
	size := taskSize{vcpu: cpu / 1024, gb: memory / 1024, storageGB: storage}
	switch processor := task.text("runtimePlatform.cpuArchitecture"); processor {
	case "ARM64":
		size.processor = "arm64"
	case "X86_64", "":
		size.processor = "amd64"
	default:
		return taskSize{}, unsupported(task, "cpuArchitecture "+processor)
	}
	if system := task.text("runtimePlatform.operatingSystemFamily"); system != "LINUX" && system != "" {
		return taskSize{}, unsupported(task, "operatingSystemFamily "+system)
	}
	return size, nil
}

// spotTasks is how many of a service's tasks run on Fargate Spot: the base of a
// provider first, the others by weight.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func spotTasks(r Resource, count float64) (float64, error) {
	strategies := r.list("capacityProviderStrategies")
	if len(strategies) == 0 {
		if kind := r.text("launchType"); kind != "FARGATE" {
			return 0, unsupported(r, fmt.Sprintf("launchType %q", kind))
		}
		return 0, nil
	}
	bases, weights := map[string]float64{}, map[string]float64{}
	total := 0.0
	for _, each := range strategies {
		strategy := r.part(each)
		provider := strategy.text("capacityProvider")
		if provider != "FARGATE" && provider != "FARGATE_SPOT" {
			return 0, unsupported(r, fmt.Sprintf("capacity provider %q", provider))
		}
		base, err := strategy.number("base", 0)
		if err != nil {
			return 0, err
		}
		weight, err := strategy.number("weight", 0)
		if err != nil {
			return 0, err
		}
		bases[provider], weights[provider] = base, weight
		total += weight
	}
	onDemand := min(count, bases["FARGATE"])
	spot := min(count-onDemand, bases["FARGATE_SPOT"])
	if total > 0 {
		spot += (count - onDemand - spot) * weights["FARGATE_SPOT"] / total
	}
	return spot, nil
}

// cluster charges for Container Insights, which reports custom metrics of the
// cluster, of every service and of every task definition that a service runs.
// Enhanced observability adds tasks and containers and has a price of its own.
func cluster(c *calculation, r Resource) error {
	mode := ""
	for _, each := range r.list("settings") {
		if setting := r.part(each); setting.text("name") == "containerInsights" {
			mode = setting.text("value")
		}
	}
	price := "metric"
	switch mode {
	case "disabled", "":
		return nil
	case "enabled":
	case "enhanced":
		price = "insights.enhanced.metric"
	default:
		return unsupported(r, "containerInsights "+mode)
	}
	metrics, tasks := c.assumed("insights.cluster"), 0.0
	families := map[string]bool{}
	for _, service := range c.all("aws:ecs/service:Service") {
		task, err := c.refersTo(service, "taskDefinition", taskDefinition)
		if err != nil {
			return err
		}
		count, err := service.number("desiredCount", 1)
		if err != nil {
			return err
		}
		families[task.Name] = true
		metrics += c.assumed("insights.service")
		tasks += count
		if mode == "enhanced" {
			metrics += count * (c.assumed("insights.task") + containers(task)*c.assumed("insights.container"))
		}
	}
	metrics += float64(len(families)) * c.assumed("insights.family")
	c.monthly("Container Insights metrics", price, metrics)
	c.ingest("Container Insights events", "logs.gb", tasks*c.assumed("insights.logsGb"))
	return nil
}

// containers is how many containers a task has, one while that is not known.
func containers(task Resource) float64 {
	var definitions []any
	if json.Unmarshal([]byte(task.text("containerDefinitions")), &definitions) != nil {
		return 1
	}
	return float64(len(definitions))
}

func instance(c *calculation, r Resource) error { return c.machines(r, r, 1) }

// scalingGroup charges for the instances that it begins with.
func scalingGroup(c *calculation, r Resource) error {
	least, err := r.number("minSize", 0)
	if err != nil {
		return err
	}
	count, err := r.number("desiredCapacity", least)
	if err != nil {
		return err
	}
	template, err := c.refersTo(r, "launchTemplate.id", "aws:ec2/launchTemplate:LaunchTemplate")
	if err != nil {
		return err
	}
	return c.machines(r, template, count)
}

// machines charges for EC2 instances with their disks and addresses.
func (c *calculation) machines(r, described Resource, count float64) error {
	class := described.text("instanceType")
	if class == "" {
		return fmt.Errorf("%s: instanceType is not known", described)
	}
	c.hourly(class+" instances", "ec2."+class, count)
	gb, err := c.diskGB(described)
	if err != nil {
		return err
	}
	c.monthly("disks", "ebs.gp3", count*gb)
	if described.flag("monitoring.enabled") || described.flag("monitoring") {
		c.monthly("detailed monitoring", "metric", count*c.assumed("ec2.detailedMetrics"))
	}
	if c.ownAddress(described) {
		c.hourly("addresses", "ipv4.hour", count)
	}
	return nil
}

func (c *calculation) diskGB(described Resource) (float64, error) {
	gb := 0.0
	disk := func(r Resource) error {
		if kind := r.text("volumeType"); kind != "gp3" && kind != "" {
			return unsupported(described, "volumeType "+kind)
		}
		size, err := r.number("volumeSize", c.assumed("ec2.rootGb"))
		gb += size
		return err
	}
	for _, each := range described.list("blockDeviceMappings") {
		mapping := described.part(each)
		ebs, _ := mapping.lookup("ebs")
		if err := disk(described.part(ebs)); err != nil {
			return 0, err
		}
	}
	if root, there := described.lookup("rootBlockDevice"); there {
		if err := disk(described.part(root)); err != nil {
			return 0, err
		}
	}
	if gb == 0 {
		gb = c.assumed("ec2.rootGb")
	}
	return gb, nil
}

// ownAddress reports whether instances get public addresses of their own. An
// Elastic IP that they take replaces it and is charged by itself.
func (c *calculation) ownAddress(described Resource) bool {
	for _, address := range c.all("aws:ec2/eip:Eip") {
		if address.Component == described.Component {
			return false
		}
	}
	for _, each := range described.list("networkInterfaces") {
		interfaces := described.part(each)
		if interfaces.flag("associatePublicIpAddress") || strings.EqualFold(interfaces.text("associatePublicIpAddress"), "true") {
			return true
		}
	}
	return described.flag("associatePublicIpAddress")
}
