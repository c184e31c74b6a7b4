"""The units whose properties test_show compares, of all types of services and with settings of many kinds, and how they fail.

/opt/t/go sleeps, or fails in the way of its argument where /run/fail is there; /opt/t/once succeeds or fails likewise.
"""
HELPERS = {
    "/opt/t/go": """#!/bin/sh
[ -e /run/fail ] || exec /bin/sleep 1000
case $1 in
signal) kill -USR1 $$ ;;
core) kill -ABRT $$ ;;
clean) exit 0 ;;
hang) exec /bin/sleep 1000 ;;
esac
exit 3
""",
    "/opt/t/once": "#!/bin/sh\n[ -e /run/fail ] && exit 4\nexit 0\n",
    "/opt/t/fork": """#!/bin/sh
[ -e /run/fail ] && exit 5
/bin/sleep 1000 >/dev/null 2>&1 &
[ -z "$1" ] || echo $! >"$1"
""",
    "/opt/t/notify": """#!/bin/sh
[ -e /run/fail ] && exit 0
systemd-notify --ready --status="It is 5 o'clock"
exec /bin/sleep 1000
""",
    "/etc/t.env": "FROM_FILE=yes\n",
}

GO = "[Service]\nExecStart=/opt/t/go\n"
UNSTARTED = "[Unit]\nConditionPathExists=/nope\n" + GO

SERVICES = {
    "plain": GO,
    "exec": GO + "Type=exec\nEnvironment=\"A=one two\" 'B=x\"y' C=$HOME \"D=back\\\\slash\" E=\nEnvironmentFile=-/nope\nEnvironmentFile=/etc/t.env\n"
                 "PassEnvironment=LANG TZ\nUnsetEnvironment=HOME \"F=a b\"\n",
    "forking": "[Service]\nType=forking\nExecStart=/opt/t/fork /run/fork.pid\nPIDFile=/run/fork.pid\n",
    "guessing": "[Service]\nType=forking\nExecStart=/opt/t/fork\nGuessMainPID=no\n",
    "many": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true first\nExecStart=-/bin/false\nExecStart=@/bin/true other \"an argument\" $HOME\n"
            "ExecStart=/opt/t/once\nExecStart=/bin/true last\n",
    "brief": "[Service]\nType=oneshot\nExecStart=/opt/t/once\n",
    "notify": "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/opt/t/notify\nFileDescriptorStoreMax=3\n",
    "idle": GO + "Type=idle\n",
    "limits": GO + "LimitNOFILE=1000:2000\nLimitCPU=10\nLimitNICE=+5\nLimitRTTIME=5ms\nLimitCORE=0\nLimitFSIZE=1G\nLimitSTACK=infinity\nLimitNPROC=500\n",
    "scheduled": GO + "Nice=5\nIOSchedulingClass=idle\nCPUSchedulingPolicy=batch\nCPUSchedulingResetOnFork=yes\nOOMScoreAdjust=100\nUMask=0077\n"
                      "IgnoreSIGPIPE=no\n",
    "user": GO + "User=nobody\nGroup=nogroup\nSupplementaryGroups=adm tty\nWorkingDirectory=-/srv\nNoNewPrivileges=yes\n",
    "directories": GO + "RuntimeDirectory=one two/three\nRuntimeDirectoryPreserve=restart\nRuntimeDirectoryMode=0700\nStateDirectory=st:link\n"
                        "CacheDirectory=ca\nLogsDirectory=lo\nLogsDirectoryMode=0750\nConfigurationDirectory=co\nTimeoutCleanSec=5\n",
    "streams": GO + "StandardOutput=append:/srv/out\nStandardError=null\nStandardInputText=hello\nSyslogIdentifier=me\nSyslogLevel=warning\n"
                    "SyslogLevelPrefix=no\n",
    "file-input": GO + "StandardInput=file:/etc/t.env\nStandardOutput=null\nStandardError=inherit\n",
    "conditions": "[Unit]\nConditionPathExists=/etc\nConditionPathExists=|!/nope\nConditionPathExists=|/nope\nConditionUser=root\n"
                  "AssertPathIsDirectory=/etc\n" + GO,
    "unmet": "[Unit]\nConditionPathExists=!/etc\nConditionPathExists=/etc\n" + GO,
    "assert-unmet": "[Unit]\nAssertPathExists=!/run/fail\n" + GO,
    "skipped-by-command": "[Service]\nExecCondition=/opt/t/once\nExecStart=/opt/t/go\n",
    "restarting": "[Unit]\nStartLimitIntervalSec=20\nStartLimitBurst=7\n" + GO + "Restart=on-failure\nRestartSec=1h\nSuccessExitStatus=7 SIGUSR2 TEMPFAIL\n"
                  "RestartPreventExitStatus=9 SIGKILL\nRestartForceExitStatus=10\n",
    "limit-hit": "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=1h\n[Service]\nExecStart=/opt/t/go clean\nRestart=always\nRestartSec=1ms\n",
    "dropped": "[Unit]\nDescription=Before\n" + GO,
    "killing": GO + "KillMode=mixed\nKillSignal=SIGINT\nRestartKillSignal=SIGUSR1\nFinalKillSignal=SIGQUIT\nSendSIGHUP=yes\nSendSIGKILL=no\n"
                    "TimeoutStopSec=7\nTimeoutAbortSec=8\nTimeoutStopFailureMode=kill\nTimeoutStartFailureMode=abort\nWatchdogSignal=SIGTRAP\n",
    "by-signal": "[Service]\nExecStart=/opt/t/go signal\n",
    "by-core": "[Service]\nExecStart=/opt/t/go core\nLimitCORE=infinity\nWorkingDirectory=/srv\n",
    "by-timeout": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c '[ ! -e /run/fail ] || exec sleep 1000'\nTimeoutStartSec=2\n",
    "by-watchdog": "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'systemd-notify --ready; [ ! -e /run/fail ] || "
                   "systemd-notify WATCHDOG_USEC=100000; exec sleep 1000'\nWatchdogSec=1h\nLimitCORE=0\n",
    "by-runtime": "[Service]\nExecStart=/opt/t/go hang\nRuntimeMaxSec=1h\nRuntimeRandomizedExtraSec=1s\n",
    "by-protocol": "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/opt/t/notify\n",
    "by-missing-program": "[Service]\nExecStart=/nope/nope\n",
    "by-directory": GO + "WorkingDirectory=/nope\n",
    "commands": "[Service]\nExecStartPre=-/bin/false\nExecStartPre=+/bin/true\nExecStart=/opt/t/go\nExecStartPost=!/bin/true %n %%\n"
                "ExecReload=:/bin/true $HOME\nExecStop=/bin/true $MAINPID\nExecStopPost=-/bin/false ${SERVICE_RESULT}\n",
    "related": "[Unit]\nDescription=Ünïcode “quotes”\nDocumentation=man:systemd(1) https://example.com/ file:/etc/hosts\nBindsTo=side.service\nAfter=side.service\n"
               "PartOf=bare.target\nUpholds=upheld.service\nOnFailure=told.service\nOnSuccess=told.service\nConflicts=rival.service\n"
               "PropagatesReloadTo=upheld.service\nReloadPropagatedFrom=upheld.service\nPropagatesStopTo=rival.service\n"
               "StopPropagatedFrom=rival.service\nJoinsNamespaceOf=side.service\nWants=missing.service\n"
               "SourcePath=/etc/debian_version\n" + GO,
    "actions": "[Unit]\nSuccessAction=none\nFailureActionExitStatus=7\nSuccessActionExitStatus=0\nRebootArgument=now\nJobTimeoutSec=1min\nJobRunningTimeoutSec=50\n"
               "JobTimeoutRebootArgument=then\nOnFailureJobMode=fail\nOnSuccessJobMode=replace\nIgnoreOnIsolate=yes\nCollectMode=inactive-or-failed\n"
               "StopWhenUnneeded=no\nRefuseManualStop=no\nAllowIsolate=yes\nStartLimitIntervalSec=0\n" + GO,
    "lonely": "[Unit]\nDefaultDependencies=no\nRequiresMountsFor=/srv /usr/lib\n" + GO,
    "side": "[Service]\nExecStart=/bin/sleep 1000\n",
    "upheld": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n",
    "told": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
    "rival": "[Service]\nExecStart=/bin/sleep 1000\n",
    "bad": "[Service]\nType=oneshot\nExecStart=relative\n",
    "empty": "[Unit]\nDescription=Nothing to do\n",
    "instance@": "[Unit]\nDescription=Instance %i of %p, %I\n" + GO,
    # Not started: systemd would act on them.
    "filters": UNSTARTED + "SystemCallFilter=@clock read\nSystemCallFilter=~@default stime brk nosuch @nosuch\nSystemCallLog=~@mount open\nSystemCallLog=mount\n"
               "RestrictFileSystems=ext4 @network\nRestrictAddressFamilies=AF_INET AF_UNIX AF_X\nSystemCallArchitectures=x86-64 native\n"
               "SystemCallErrorNumber=EPERM\nPersonality=x86\nLogExtraFields=A=1 bad\nIPIngressFilterPath=/a /b\n",
    "forbids": UNSTARTED + "SystemCallFilter=~@mount:EPERM @resources:kill\nSystemCallFilter=~mount:77 umount2 setrlimit:4000\nSystemCallLog=read write\n"
               "RestrictFileSystems=~ext4\nBPFProgram=egress:/sys/fs/bpf/e\nBPFProgram=ingress:/sys/fs/bpf/i\nBPFProgram=bad:/x\n"
               "RootHash=aabbccdd00112233445566778899aabb\nRootHashSignature=base64:AAECAw==\n",
    "images": UNSTARTED + "RootImageOptions=root:ro,noatime home:rw bad:rw\nRootImageOptions=dev\nRootHash=/r.hash\nRootHashSignature=/r.sig\n"
              "ExtensionImages=-/a.raw:root:ro:home:rw /b.raw\nExtensionImages=/d:ro rel\nMountImages=/a.raw:/mnt/a:ro,nodev -/b:/mnt/b\n"
              "MountImages=/c:/d:usr:ro:home:rw /e\n",
    "known": GO,
}

UNITS = {name + ".service": text for name, text in SERVICES.items()}
UNITS.update({
    "group.target": "[Unit]\nDescription=Group\nWants=side.service told.service\nRequires=upheld.service\n",
    "bare.target": "[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\nRefuseManualStop=yes\n",
    "dropped.service.d/10-first.conf": "[Unit]\nDescription=After\n[Service]\nNice=3\n",
    "dropped.service.d/20-second.conf": "[Service]\nEnvironment=X=1\nExecStartPost=/bin/true\n",
})
LINKS = {"alias.service": "known.service", "masked.service": "/dev/null"}
INSTANCES = ["instance@a.service", "instance@a\\x20b-c.service"]

# What is shown: the units that have a file, in one order, and those that have none.
SHOWN = sorted([name for name in UNITS if "@." not in name and ".d/" not in name] + INSTANCES + list(LINKS) + ["nosuch.service", "nosuch.target"])
STARTED = [name for name in SHOWN if name not in ("nosuch.service", "nosuch.target", "masked.service", "alias.service", "bare.target", "bad.service", "empty.service", "rival.service",
                                                  "upheld.service", "told.service", "side.service")]
UNITS["pin.target"] = "[Unit]\nDefaultDependencies=no\nAfter=" + " ".join(name for name in SHOWN if name != "alias.service") + "\n"

# How units fail, where it is not by an exit status.
FAILING = {"by-watchdog.service": "watchdog", "by-signal.service": "signal", "by-core.service": "core-dump", "by-timeout.service": "timeout", "limit-hit.service": "start-limit-hit",
           "by-protocol.service": "protocol", "many.service": "exit-code", "by-missing-program.service": "exit-code"}
