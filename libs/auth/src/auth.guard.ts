import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ForbiddenError } from '#errors';
import { Authenticator } from './authenticator.js';
import type { Principal } from './principal.js';
import { REQUIREMENT, type Requirement } from './requirements.js';

/** The one guard of every route: who calls, and whether they may. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirement = requirementOf(context);
    if (requirement.kind === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { user?: Principal }>();
    const caller = await this.authenticator.authenticate(request, http.getResponse<Response>());
    request.user = caller;
    if (!meets(caller, requirement)) throw missing(requirement);
    return true;
  }
}

function requirementOf(context: ExecutionContext): Requirement {
  const requirement = Reflect.getMetadata(REQUIREMENT, context.getHandler()) as Requirement | undefined;
  if (!requirement) throw new Error(`${context.getClass().name}.${context.getHandler().name} requires nothing`);
  return requirement;
}

function meets(caller: Principal, requirement: Exclude<Requirement, { kind: 'public' }>): boolean {
  if (requirement.kind === 'capability') return requirement.anyOf.some((one) => caller.capabilities.has(one));
  return caller.kind === 'jwt' && caller.roles.includes(requirement.role);
}

function missing(requirement: Exclude<Requirement, { kind: 'public' }>): ForbiddenError {
  const required = requirement.kind === 'capability' ? requirement.anyOf : [requirement.role];
  return new ForbiddenError('capability_missing', `this needs ${required.join(' or ')}`, { required });
}
