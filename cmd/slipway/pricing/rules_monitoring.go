package pricing

// alarm is charged by the metrics that it looks at.
func alarm(c *calculation, r Resource) error {
	queries := r.list("metricQueries")
	metrics, shortest := 0.0, 60.0
	if len(queries) == 0 {
		period, err := r.number("period", 60)
		if err != nil {
			return err
		}
		metrics, shortest = 1, period
	}
	for _, each := range queries {
		query := r.part(each)
		if _, there := query.lookup("metric"); !there {
			continue
		}
		period, err := query.number("metric.period", 60)
		if err != nil {
			return err
		}
		metrics++
		shortest = min(shortest, period)
	}
	if shortest < 60 {
		c.monthly("alarms", "alarm.metric.highResolution", metrics)
		return nil
	}
	c.monthly("alarms", "alarm.metric", metrics)
	return nil
}

func compositeAlarm(c *calculation, _ Resource) error {
	c.monthly("composite alarms", "alarm.composite", 1)
	return nil
}

func dashboard(c *calculation, _ Resource) error {
	c.monthly("dashboards", "dashboard", 1)
	return nil
}

// metricFilter is charged for the hours in which its metrics report. At rest
// that is those with a default value, which report whenever there is any log.
func metricFilter(c *calculation, r Resource) error {
	transformations := r.list("metricTransformations")
	if one, there := r.lookup("metricTransformation"); there {
		transformations = append(transformations, one)
	}
	metrics := 0.0
	for _, each := range transformations {
		if _, reports := r.part(each).lookup("defaultValue"); reports {
			metrics++
		}
	}
	c.monthly("metrics of log filters", "metric", metrics)
	return nil
}

func scalingPolicy(c *calculation, r Resource) error {
	if kind := r.text("policyType"); kind != "TargetTrackingScaling" {
		return unsupported(r, "policyType "+kind)
	}
	c.monthly("alarms of scaling policies", "alarm.metric", c.assumed("scaling.alarms"))
	return nil
}
