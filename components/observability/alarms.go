package observability

import "math"

// alarms is the table of what is watched. A page is for what users feel now or
// will within the hour; a ticket is for the next working day.
func (o *Observability) alarms() []alarm {
	var table []alarm
	if o.args.LoadBalancer != nil {
		table = append(table, o.trafficAlarms()...)
	}
	if o.args.CertificateARN != nil {
		table = append(table, certificateAlarm())
	}
	if o.args.ServiceName != nil {
		table = append(table, o.serviceAlarms()...)
	}
	for _, worker := range o.workers() {
		table = append(table, workerAlarm(worker))
	}
	if o.args.Backlog != nil {
		table = append(table, o.backlogAlarm())
	}
	if o.args.DatabaseID != nil {
		table = append(table, o.databaseAlarms()...)
	}
	for i := range o.args.ReplicaIDs {
		table = append(table, replicaAlarm(i))
	}
	if o.args.LogGroup != nil {
		table = append(table, o.logAlarm())
	}
	return table
}

func (o *Observability) trafficAlarms() []alarm {
	return []alarm{
		{
			name: "no-healthy-target", severity: page,
			meaning: "The load balancer has no healthy target: users get errors.",
			first:   "Look at the service's events and at the app's last log lines; if a deployment runs, roll it back.",
			metric:  targetMetric("HealthyHostCount", "Maximum"),
			when:    below, limit: count(1, "target"),
			// A target is unhealthy after 3 checks; a minute more is no accident.
			period: minute, breaches: 2, of: 2,
			missing: breaching, // reported while targets are registered: none is
		},
		{
			name: "unhealthy-target", severity: ticket,
			meaning: "A target has been unhealthy for long, though ECS replaces such tasks.",
			first:   "Look at why its tasks stop: ECS, the service, stopped tasks.",
			metric:  targetMetric("UnHealthyHostCount", "Maximum"),
			when:    atLeast, limit: count(1, "target"),
			// Long enough for ECS to have replaced a task that fails once.
			period: minute, breaches: 10, of: 15,
			missing: notBreaching, // no targets at all is no-healthy-target
		},
		{
			name: "load-balancer-errors", severity: page,
			meaning: "The load balancer itself answers 5xx: targets are away, close connections or are too slow.",
			first:   "502: the app dies or closes connections. 503: no target. 504: the app is slower than 60 s. The access log says which.",
			rate: &rate{
				errors:   balancerMetric("HTTPCode_ELB_5XX_Count", "Sum"),
				requests: balancerMetric("RequestCount", "Sum"),
				// RequestCount has only requests for which there was a target.
				percent: "100 * FILL(errors, 0) / (FILL(requests, 0) + FILL(errors, 0))",
			},
			when: above, limit: percent(errorPercent),
			period: minute, breaches: 3, of: 5,
			missing: notBreaching, // reported when there are some
		},
		{
			name: "app-errors", severity: page,
			meaning: "The app answers too many requests with 5xx.",
			first:   "Look at the last errors on the dashboard; if they began with a deployment, roll it back.",
			rate: &rate{
				errors:   targetMetric("HTTPCode_Target_5XX_Count", "Sum"),
				requests: targetMetric("RequestCount", "Sum"),
				percent:  "100 * FILL(errors, 0) / FILL(requests, 1)",
			},
			when: above, limit: percent(errorPercent),
			period: minute, breaches: 3, of: 5,
			missing: notBreaching, // no requests, no errors
		},
		{
			name: "latency-p95", severity: page,
			meaning: "One request in twenty takes too long.",
			first:   "Compare the CPU of the tasks and of the database on the dashboard, then look at slow requests and slow queries.",
			metric:  targetMetric("TargetResponseTime", "p95"),
			when:    above, limit: seconds(o.args.LatencySeconds),
			// A quarter of an hour: autoscaling has added tasks by then.
			period: 5 * minute, breaches: 3, of: 3,
			missing: notBreaching, // no requests
		},
		{
			name: "latency-p99", severity: ticket,
			meaning: "One request in a hundred takes far too long.",
			first:   "Look for the slowest paths: Logs Insights, stats max(duration_ms) by path.",
			metric:  targetMetric("TargetResponseTime", "p99"),
			when:    above, limit: seconds(3 * o.args.LatencySeconds),
			period: 5 * minute, breaches: 6, of: 6,
			missing: notBreaching, // no requests
		},
		{
			name: "rejected-connections", severity: page,
			meaning: "The load balancer has as many connections as it takes, and rejects others.",
			first:   "Look at the requests: an attack, or more load than it scales to by itself; ask AWS Support to prepare it.",
			metric:  balancerMetric("RejectedConnectionCount", "Sum"),
			when:    atLeast, limit: count(1, "connection"),
			period: minute, breaches: 3, of: 5,
			missing: notBreaching, // reported when there are some
		},
	}
}

// errorPercent of the requests failing spends in 14 hours what an availability
// of 99.9 % allows in a month (30 days x 0.1 % / 5 %).
const errorPercent = 5

func certificateAlarm() alarm {
	return alarm{
		name: "certificate-expiry", severity: ticket,
		meaning: "The certificate expires soon and ACM has not renewed it.",
		first:   "Look at its renewal status in ACM: the CNAME that proves the domain must be in the hosted zone.",
		metric:  metric{"AWS/CertificateManager", "DaysToExpiry", "Minimum", of(certificate)},
		// ACM itself begins to warn 30 days before a public certificate expires:
		// https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html
		when: below, limit: count(30, "days"),
		period: day, breaches: 1, of: 1,
		missing: ignore, // reported twice a day, at no fixed time
	}
}

func (o *Observability) serviceAlarms() []alarm {
	return []alarm{
		{
			name: "tasks", severity: page,
			meaning: "Fewer tasks of the app run than must.",
			first:   "Look at the service's events: no capacity, an image that can't be pulled, or tasks that end.",
			metric:  tasksMetric(ecsService),
			when:    below, limit: count(float64(o.args.MinTasks), "tasks"),
			// A task that is replaced starts within two or three minutes.
			period: minute, breaches: 5, of: 5,
			missing: breaching, // without a task there is no sample
		},
		{
			name: "cpu", severity: ticket,
			meaning: "The tasks' CPU is busy for long: autoscaling is at its most, or can't keep up.",
			first:   "Compare the running tasks with the most that are allowed; raise it, or the size of a task.",
			metric:  serviceMetric("CPUUtilization", "Average"),
			// Autoscaling holds the average below this.
			when: above, limit: percent(85),
			period: minute, breaches: 15, of: 15,
			missing: unknown,
		},
		{
			name: "memory", severity: ticket,
			meaning: "A task is near its memory limit, beyond which it is killed.",
			first:   "Look whether memory grows without end (a leak: restart, then find it) or with the load (larger tasks).",
			metric:  serviceMetric("MemoryUtilization", "Maximum"),
			// A tenth is what one large request may take.
			when: above, limit: percent(90),
			period: minute, breaches: 10, of: 15,
			missing: unknown,
		},
	}
}

func workerAlarm(name string) alarm {
	return alarm{
		name: "worker-" + name + "-tasks", severity: page,
		meaning: "The worker " + name + " does not run: its jobs wait.",
		first:   "Look at its service's events: no capacity, an image that can't be pulled, or tasks that end.",
		metric:  tasksMetric(workerSubject(name)),
		when:    below, limit: count(DefaultMinTasks, "task"),
		// Jobs may wait a little: a rollout stops a worker before its successor runs.
		period: minute, breaches: 10, of: 10,
		missing: breaching, // as for tasks
	}
}

func (o *Observability) backlogAlarm() alarm {
	return alarm{
		name: "backlog", severity: ticket,
		meaning: "Background jobs pile up: the workers are stuck or too few.",
		first:   "Look at the workers' log for a job that fails again and again, then at their CPU.",
		metric:  o.backlogMetric("Minimum"),
		when:    above, limit: count(float64(o.args.MaxBacklog), "jobs"),
		// A burst is worked off in less; the minimum passes over it.
		period: 5 * minute, breaches: 3, of: 3,
		missing: notBreaching, // silence of the workers is worker-NAME-tasks
	}
}

func (o *Observability) databaseAlarms() []alarm {
	memory, _ := classMemory(o.args.DatabaseClass) // validated
	table := []alarm{
		{
			name: "database-cpu", severity: ticket,
			meaning: "The database's CPU is busy for long.",
			first:   "Look at Performance Insights for the statements with the most load.",
			metric:  databaseMetric("CPUUtilization", "Average", instance),
			// Beyond it requests queue. A nightly job is shorter.
			when: above, limit: percent(80),
			period: minute, breaches: 15, of: 15,
			missing: unknown,
		},
		{
			name: "database-storage", severity: page,
			meaning: "The database has little free storage; without any it stops.",
			first:   "Look at its largest storage and at its events: storage grows by itself to MaxStorageGiB, and not again within six hours. Raise it.",
			metric:  databaseMetric("FreeStorageSpace", "Minimum", instance),
			// Below 10 % RDS grows the storage after five minutes. What is below for
			// half an hour did not grow.
			// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
			when: below, limit: gibibytes(0.1 * float64(o.args.DatabaseStorageGiB)),
			period: 5 * minute, breaches: 6, of: 6,
			missing: unknown,
		},
		{
			name: "database-connections", severity: page,
			meaning: "The database has almost as many connections as it takes; then it refuses further ones.",
			first:   "Look who holds them (pg_stat_activity by application_name and state): more tasks than planned, or transactions left open.",
			metric:  databaseMetric("DatabaseConnections", "Maximum", instance),
			// max_connections is LEAST(DBInstanceClassMemory/9531392, 5000), where RDS
			// and its operating system have their part of the class's memory taken
			// off: much of a small one. 60 % of the formula is near its end there and
			// early elsewhere.
			// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
			when: above, limit: count(math.Floor(0.6*math.Min(memory/9531392, 5000)), "connections"),
			period: minute, breaches: 5, of: 5,
			missing: unknown,
		},
		{
			name: "database-memory", severity: ticket,
			meaning: "The database has little memory left and will swap.",
			first:   "Look at the connections and at work_mem; if both are in order, take a larger class.",
			metric:  databaseMetric("FreeableMemory", "Minimum", instance),
			// Caches count as freeable, so a healthy instance keeps more than this.
			when: below, limit: mebibytes(0.05 * memory),
			period: 5 * minute, breaches: 3, of: 3,
			missing: unknown,
		},
	}
	if burstable(o.args.DatabaseClass) {
		table = append(table, alarm{
			name: "database-credits", severity: ticket,
			meaning: "The database has used up its CPU credits: what it uses beyond its class is charged.",
			first:   "Look at database-cpu; if the load is here to stay, a larger class costs less.",
			// t3 and t4g borrow when they have no credits left, and pay when a day's
			// earnings don't return them. A new instance begins without credits and
			// earns 12 an hour at least, so that six hours with fewer are no beginning.
			// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html
			metric: databaseMetric("CPUCreditBalance", "Maximum", instance),
			when:   below, limit: count(5, "credits"),
			period: hour, breaches: 6, of: 6,
			missing: unknown,
		})
	}
	return table
}

func replicaAlarm(i int) alarm {
	return alarm{
		name: "database-" + replicaSubject(i) + "-lag", severity: ticket,
		meaning: "A read replica is behind: it answers with old data.",
		first:   "Look at its CPU and for long queries on it, which hold replication up.",
		metric:  databaseMetric("ReplicaLag", "Average", replicaSubject(i)),
		// Normal is below a second; a minute is what a page of a list may be old.
		when: above, limit: seconds(60),
		period: minute, breaches: 10, of: 10,
		missing: breaching, // a replica that does not replicate says nothing
	}
}

func (o *Observability) logAlarm() alarm {
	return alarm{
		name: "log-errors", severity: ticket,
		meaning: "The app or a worker logs errors.",
		first:   "Read the last errors on the dashboard.",
		metric:  o.logMetric(errorLines),
		// One error is a bug to find in the log; several in five minutes go on.
		when: atLeast, limit: count(5, "lines"),
		period: 5 * minute, breaches: 1, of: 1,
		missing: notBreaching, // no lines at all
	}
}
