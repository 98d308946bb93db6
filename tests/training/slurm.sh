#!/usr/bin/env bash
# A SLURM cluster of two nodes on this machine: munged, slurmctld and two slurmd, on the loopback, without systemd.
# Needs root, and Debian's slurmctld, slurmd, slurm-client and munge; exits with 77 where they are missing.
#
#   slurm.sh up FOLDER     starts it; its state, logs and configuration (FOLDER/slurm.conf) lie in FOLDER
#   slurm.sh down FOLDER   ends it, and leaves no process
#
# What jobs need to find it: SLURM_CONF=FOLDER/slurm.conf. A node's name leads to the loopback in its own mount
# namespace; the machine's /etc/hosts stays as it is.
set -u
action=$1; folder=$2; nodes="n0 n1"; port=${SLURM_TEST_PORT:-27817}
PATH=$PATH:/usr/sbin:/sbin

down() {
  for name in slurmd.n0 slurmd.n1 slurmctld munged; do
    pid=$(cat "$folder/run/$name.pid" 2>/dev/null) || continue
    kill "$pid" 2>/dev/null
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
    rm -f "$folder/run/$name.pid"
  done
}

configure() {
  host=$(hostname -s); cpus=$(nproc); memory=$(awk '/MemTotal/ {print int($2 / 4096)}' /proc/meminfo)
  cat > "$folder/slurm.conf" <<END
ClusterName=vibench
FirstJobId=$port
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmctldTimeout=30
SlurmdTimeout=60
KillWait=5
InactiveLimit=0
MinJobAge=300
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PreemptMode=OFF
PartitionName=spare Nodes=ALL MaxTime=INFINITE State=UP GraceTime=60
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
END
  number=0
  for node in $nodes; do
    number=$((number + 1))
    echo "NodeName=$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + number)) CPUs=$cpus RealMemory=$memory"
  done >> "$folder/slurm.conf"
  printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\n' > "$folder/cgroup.conf"
  { cat /etc/hosts; for node in $nodes; do echo "127.0.0.1 $node"; done; } > "$folder/hosts"
}

up() {
  for name in munged slurmctld slurmd sbatch srun unshare; do
    command -v $name > /dev/null || { echo "$name is not installed here" >&2; exit 77; }
  done
  [ "$(id -u)" = 0 ] || { echo "a cluster of one's own needs root" >&2; exit 77; }
  mkdir -p "$folder"/{run,log,state,munge} "$folder/spool"/{n0,n1}
  chmod 755 "$folder" "$folder/run"; chmod 700 "$folder/munge"
  configure
  head -c 1024 /dev/urandom > "$folder/munge/key"; chmod 400 "$folder/munge/key"
  munged --force --key-file="$folder/munge/key" --socket="$folder/run/munge.sock" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" || exit 1
  export SLURM_CONF=$folder/slurm.conf
  slurmctld -f "$SLURM_CONF" -i || { cat "$folder/log/slurmctld.log" >&2; exit 1; }
  for node in $nodes; do
    unshare --mount --uts sh -c "hostname $node; mount --bind '$folder/hosts' /etc/hosts; exec slurmd -N $node" \
      || { cat "$folder/log/slurmd.$node.log" >&2; exit 1; }
  done
  for _ in $(seq 150); do
    [ "$(sinfo --noheader -N --partition=main --format=%t | grep -c '^idle$')" = 2 ] && return
    sleep 0.2
  done
  sinfo -N --long >&2; tail -n 20 "$folder"/log/*.log >&2; exit 1
}

case $action in up) up ;; down) down ;; *) echo "slurm.sh up|down FOLDER" >&2; exit 2 ;; esac
