import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ForbiddenError } from '#errors';
import { Authenticator } from './authenticator.js';
import { CredentialLimits } from './credential-limits.js';
import type { Principal } from './principal.js';
import { RATE_LIMIT_SCHEME, type RateLimitSchemeName } from './rate-limit-scheme.js';
import { REQUIREMENT, type Requirement } from './requirements.js';
import { StreamTickets } from './stream-tickets.js';
import { readTokenHeader } from './token-header.js';

/** The one guard of every route: who calls, how often, and whether they may. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: CredentialLimits,
    private readonly tickets: StreamTickets,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirement = requirementOf(context);
    if (requirement.kind === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: Principal }>();
    const response = http.getResponse<Response>();
    readTokenHeader(context, request);
    const caller = await this.callerOf(request, response, requirement);
    request.user = caller;
    await this.limits.count(caller, schemeOf(context), response);
    if (!meets(caller, requirement)) throw missing(requirement);
    return true;
  }

  private callerOf(request: Request, response: Response, requirement: Asking): Promise<Principal> {
    const byTicket = requirement.kind === 'capability' && requirement.by === 'ticket';
    return byTicket ? this.tickets.redeem(request) : this.authenticator.authenticate(request, response);
  }
}

type Asking = Exclude<Requirement, { kind: 'public' }>;

function requirementOf(context: ExecutionContext): Requirement {
  const requirement = Reflect.getMetadata(REQUIREMENT, context.getHandler()) as Requirement | undefined;
  if (!requirement) throw new Error(`${context.getClass().name}.${context.getHandler().name} requires nothing`);
  return requirement;
}

function schemeOf(context: ExecutionContext): RateLimitSchemeName {
  return (Reflect.getMetadata(RATE_LIMIT_SCHEME, context.getClass()) as RateLimitSchemeName | undefined) ?? 'gateway';
}

function meets(caller: Principal, requirement: Asking): boolean {
  if (requirement.kind === 'capability') return requirement.anyOf.some((one) => caller.capabilities.has(one));
  return caller.kind === 'jwt' && caller.roles.includes(requirement.role);
}

function missing(requirement: Asking): ForbiddenError {
  const required = requirement.kind === 'capability' ? requirement.anyOf : [requirement.role];
  return new ForbiddenError('capability_missing', `this needs ${required.join(' or ')}`, { required });
}
