package graph_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"gitlab.com/slipway/slipway/cmd/slipway/environment"
	"gitlab.com/slipway/slipway/cmd/slipway/graph"
	"gitlab.com/slipway/slipway/internal/mocktest"
)

// registered makes a resource of a component that uses others, by their names.
func registered(component, token, name string, uses ...string) environment.Registration {
	return environment.Registration{
		Component: component, Role: strings.TrimPrefix(name, "prod-"),
		Resource: mocktest.Resource{
			Type: token, Name: name, URN: name, Custom: true,
			InputDependencies: map[string][]string{"input": uses},
			Inputs:            resource.PropertyMap{},
		},
	}
}

func arrows(g *graph.Graph) []string {
	var arrows []string
	for _, arrow := range g.Arrows {
		arrows = append(arrows, arrow.From+" > "+arrow.To)
	}
	return arrows
}

func box(t *testing.T, g *graph.Graph, id string) graph.Box {
	t.Helper()
	for _, box := range g.Boxes {
		if box.ID == id {
			return box
		}
	}
	t.Fatalf("no box %q among %v", id, g.Boxes)
	return graph.Box{}
}

func TestOverviewCountsAndConnects(t *testing.T) {
	balancer := registered("edge", "aws:lb/loadBalancer:LoadBalancer", "lb", "subnet")
	balancer.Protected = true
	g := graph.Overview("prod", []environment.Registration{
		registered("network", "aws:ec2/subnet:Subnet", "subnet"),
		registered("network", "aws:ec2/subnet:Subnet", "subnet2"),
		registered("network", "aws:ec2/vpc:Vpc", "vpc"),
		balancer,
		registered("app", "aws:ecs/service:Service", "service", "lb", "subnet"),
	})
	mocktest.Equal(t, "arrows", arrows(g), []string{"app > edge", "edge > network", "internet > edge"})
	mocktest.Equal(t, "lines", box(t, g, "network").Lines, []string{"2 × ec2 Subnet", "ec2 Vpc"})
	if !box(t, g, "edge").Protected || box(t, g, "network").Protected {
		t.Error("exactly the edge holds something protected")
	}
	if g.Title != "prod: 5 resources in 3 components" {
		t.Errorf("title %q", g.Title)
	}
}

func TestAnInternalLoadBalancerIsNotOnTheInternet(t *testing.T) {
	balancer := registered("edge", "aws:lb/loadBalancer:LoadBalancer", "lb")
	balancer.Inputs["internal"] = resource.NewBoolProperty(true)
	if g := graph.Overview("prod", []environment.Registration{balancer}); len(g.Arrows) != 0 || len(g.Boxes) != 1 {
		t.Errorf("got %+v", g)
	}
}

// Each arrow into a circle can be had by way of the other: neither may vanish.
func TestArrowsIntoACircleStay(t *testing.T) {
	g := graph.Overview("prod", []environment.Registration{
		registered("alarms", "aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", "service", "instance"),
		registered("app", "aws:ecs/service:Service", "service", "instance"),
		registered("database", "aws:rds/instance:Instance", "instance", "service"),
	})
	mocktest.Equal(t, "arrows", arrows(g), []string{"alarms > app", "alarms > database", "app > database", "database > app"})
}

func TestComponentShowsItsResourcesAndWhatTheyUseOutside(t *testing.T) {
	resources := []environment.Registration{
		registered("network", "aws:ec2/subnet:Subnet", "subnet"),
		registered("database", "aws:rds/subnetGroup:SubnetGroup", "prod-group", "subnet"),
		registered("database", "aws:rds/instance:Instance", "prod-instance", "prod-group"),
	}
	g, err := graph.Component("prod", "database", resources)
	if err != nil {
		t.Fatal(err)
	}
	mocktest.Equal(t, "arrows", arrows(g), []string{"prod-group > network", "prod-instance > prod-group"})
	if b := box(t, g, "prod-instance"); b.Name != "rds Instance" || !slices.Equal(b.Lines, []string{"instance"}) {
		t.Errorf("got %+v", b)
	}
	if !box(t, g, "network").Outside {
		t.Error("the network belongs to another picture")
	}
	if _, err := graph.Component("prod", "cdn", resources); err == nil || !strings.Contains(err.Error(), "database, network") {
		t.Errorf("an unknown component: %v", err)
	}
}

// Both committed environments are drawn, as XML that a browser takes, with each of
// their components.
func TestCommittedEnvironmentsAreDrawn(t *testing.T) {
	t.Chdir("../../..")
	for _, stack := range []string{"staging", "prod"} {
		configuration, err := environment.Read(stack)
		if err != nil {
			t.Fatal(err)
		}
		resources, err := environment.Registered(stack, configuration)
		if err != nil {
			t.Fatal(err)
		}
		var svg bytes.Buffer
		if err := graph.Overview(stack, resources).Write(t.Context(), &svg, "svg"); err != nil {
			t.Fatal(err)
		}
		text := words(t, &svg)
		for _, name := range []string{"internet", "network", "database", "edge", "app", "alarms", "media"} {
			if !slices.Contains(text, name) {
				t.Errorf("%s: %q is not in the picture: %q", stack, name, text)
			}
		}
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	if err := (&graph.Graph{}).Write(t.Context(), io.Discard, "gif"); err == nil || !strings.Contains(err.Error(), "svg") {
		t.Errorf("got %v", err)
	}
}

// words lists the texts of an XML document.
func words(t *testing.T, document io.Reader) (words []string) {
	t.Helper()
	decoder := xml.NewDecoder(document)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return words
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, is := token.(xml.CharData); is {
			words = append(words, strings.TrimSpace(string(text)))
		}
	}
}
